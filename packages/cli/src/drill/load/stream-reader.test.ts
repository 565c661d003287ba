import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AnswerEnd } from "./answer-end.ts"
import { StreamReader } from "./stream-reader.ts"

const event = (type: string, number: number, content: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...content, sequence_number: number })}\n\n`

const created = event("response.created", 0, { response: { id: "resp_1" } })
const delta = event("response.output_text.delta", 1, { delta: "Grüße 👋" })
const finished = (status: "completed" | "incomplete") =>
  event(`response.${status}`, 2, { response: { id: "resp_1", status, output: [{ id: "msg_1" }] } })
const failed = event("response.failed", 2, { response: { error: { code: "upstream_failed", message: "m" } } })
const error = (content: object) => `event: error\ndata: ${JSON.stringify({ type: "error", ...content })}\n\n`
const commit = ": x-chatops-commit: epoch=3 timeline=2 lsn=0/16B3748\n\n"

const acknowledged = { kind: "acknowledged", response: "resp_1", message: "msg_1", region: "east", position: undefined }
const position = { epoch: 3, timeline: 2, lsn: "0/16B3748" }
const told = { kind: "failed", how: "told", response: "resp_1", lastEvent: 1 }

const cases: Readonly<Record<string, { text: string; end: object }>> = {
  "a whole answer": { text: created + delta + finished("completed"), end: acknowledged },
  "an answer that its limit cut": { text: created + delta + finished("incomplete"), end: acknowledged },
  "where the turn was committed": {
    text: created + commit + finished("completed"),
    end: { ...acknowledged, position },
  },
  "heartbeats, which are nothing": {
    text: `: keep-alive\n\n${created}: keep-alive\n\n${finished("completed")}`,
    end: acknowledged,
  },
  "an event that asks for a repeat": {
    text: created + delta + error({ code: "stream_interrupted", message: "m", retryable: true }),
    end: { ...told, code: "stream_interrupted", retryable: true },
  },
  "a failure and the event that says whether to repeat": {
    text: created + delta + failed + error({ code: "upstream_failed", retryable: false }),
    end: { ...told, lastEvent: 2, code: "upstream_failed", retryable: false },
  },
  "a failure alone": { text: created + delta + failed, end: { ...told, lastEvent: 2, code: "upstream_failed" } },
  "an answer that breaks off": {
    text: created + delta,
    end: { kind: "failed", how: "broken", response: "resp_1", lastEvent: 1 },
  },
  "an answer that breaks off within its final event": {
    text: created + delta + finished("completed").slice(0, -2),
    end: { kind: "failed", how: "broken", response: "resp_1", lastEvent: 1 },
  },
  "nothing at all": { text: "", end: { kind: "failed", how: "broken" } },
}

/** Reads pieces as `exchange` does. */
function read(pieces: readonly Uint8Array[]): AnswerEnd {
  const reader = new StreamReader("east")
  for (const piece of pieces) {
    const end = reader.read(piece)
    if (end) return end
  }
  return reader.breakOff()
}

describe("reads, however the bytes are cut,", () => {
  for (const [name, { text, end }] of Object.entries(cases))
    it(name, () => {
      const bytes = new TextEncoder().encode(text)
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length)), cuts => {
          const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
          expect(read(places.slice(1).map((place, index) => bytes.subarray(places[index], place)))).toEqual(end)
        }),
      )
    })
})

it("takes what the header says of the commit for streams that are not told otherwise", () => {
  const reader = new StreamReader("west", position)
  const bytes = new TextEncoder().encode(created + finished("completed"))
  expect(reader.read(bytes)).toEqual({ ...acknowledged, region: "west", position })
})

it("throws at what is no event of the API's", () => {
  const feed = (text: string) => () => new StreamReader("east").read(new TextEncoder().encode(text))
  expect(feed("data: <html>\n\n")).toThrow()
  expect(feed('data: {"no":"type"}\n\n')).toThrow()
  expect(
    feed(event("response.completed", 2, { response: { id: "resp_1", status: "completed", output: [] } })),
  ).toThrow()
})
