import fc from "fast-check"
import { expect, test } from "vitest"
import type { EventStream } from "../event-stream.ts"
import { createEventEncoder } from "./event-encoder.ts"
import { StreamReader, type StreamSource } from "./stream-reader.ts"

/** A client that takes as much as the test says, and keeps what it was sent. */
class FakeStream implements EventStream {
  readonly opened = true
  readonly ending = undefined
  sent = ""
  ended = false
  full = false
  #drained: (() => void) | undefined

  write(events: string): Promise<void> | undefined {
    if (this.ended) throw new Error("written to after its end")
    this.sent += events
    if (!this.full) return undefined
    if (this.#drained !== undefined) throw new Error("written to while it was full")
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained = resolve
    return promise
  }

  drain(): void {
    this.full = false
    this.#drained?.()
    this.#drained = undefined
  }

  end(events = ""): void {
    this.write(events)
    this.ended = true
  }

  fail(): void {}
  [Symbol.dispose](): void {}
}

const request = { id: "resp_1", parameters: {}, metadata: {} } as Parameters<typeof createEventEncoder>[0]

function pieceSource() {
  const source = {
    encoder: createEventEncoder(request, "msg_1"),
    text: "",
    ending: undefined as StreamSource["ending"],
  }
  return {
    source,
    /** Returns the events of a piece, and where it begins. */
    say(piece: string): readonly [events: string, from: number] {
      const from = source.text.length
      source.text += piece
      return [source.encoder.delta(piece, source.text.length), from]
    },
    finish() {
      source.ending = { kind: "finished", events: () => "event: last\n\n" }
    },
  }
}

/** Lines end with LF alone: texts may hold what else a regular expression takes for their end. */
const deltas = (sent: string) =>
  sent
    .split("\n")
    .filter(line => line.startsWith("data: "))
    .map(line => JSON.parse(line.slice("data: ".length)) as { delta?: string; sequence_number: number })
    .flatMap(({ delta, sequence_number: number }) => (delta === undefined ? [] : [{ delta, number }]))

test("a reader gets every character once and numbered, however often it can take no more, and then the end", async () => {
  const step = fc.record({ piece: fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }), full: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step), fc.array(step), fc.nat(20), fc.boolean(), async (before, steps, had, again) => {
      const { source, say, finish } = pieceSource()
      for (const { piece } of before) say(piece)
      // It may say that it has more than there is yet.
      const known = again ? 0 : had
      const stream = new FakeStream()
      const reader = new StreamReader(stream, source, { after: again ? undefined : known + 3, again })
      reader.join()
      for (const { piece, full } of steps) {
        if (full) stream.full = true
        else stream.drain()
        await undefined
        reader.take(...say(piece))
      }
      finish()
      reader.more()
      stream.drain()
      await new Promise(setImmediate)
      let end = known
      for (const { delta, number } of deltas(stream.sent)) {
        end += delta.length
        expect(number).toBe(end + 3)
      }
      const text = deltas(stream.sent).map(event => event.delta)
      expect(text.join("")).toBe(source.text.slice(known))
      expect([stream.ended, stream.sent.endsWith("event: last\n\n")]).toEqual([true, true])
    }),
  )
})

test("who asks for everything gets an event for each character of a long text, and none in halves", () => {
  const { source, say, finish } = pieceSource()
  const text = `a${"😀".repeat(2_000)}`
  say(text)
  finish()
  const stream = new FakeStream()
  new StreamReader(stream, source, { again: true }).join()
  expect(deltas(stream.sent).map(event => event.delta)).toEqual([...text])
  expect(stream.ended).toBe(true)
})
