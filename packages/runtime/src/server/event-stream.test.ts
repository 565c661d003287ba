import { EventEmitter } from "node:events"
import type { FastifyReply } from "fastify"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { createEventStream } from "./event-stream.ts"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Remembers what was written to it. */
class FakeResponse extends EventEmitter {
  readonly written: string[] = []
  readonly writableNeedDrain = false
  writeHead() {}
  write(text: string) {
    this.written.push(text)
    return true
  }
}

test("a write of nothing does not put off the next heartbeat", () => {
  const raw = new FakeResponse()
  const reply = { raw, hijack() {}, getHeaders: () => ({}) } as unknown as FastifyReply
  using stream = createEventStream(reply, { heartbeat: 100, onOpen() {} })
  stream.write("data: 1\n\n")
  vi.advanceTimersByTime(90)
  stream.write("")
  vi.advanceTimersByTime(10)
  expect(raw.written).toEqual(["data: 1\n\n", ": keep-alive\n\n"])
})
