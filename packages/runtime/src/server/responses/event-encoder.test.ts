import fc from "fast-check"
import { expect, test } from "vitest"
import { outputText } from "../../conversation/item.ts"
import type { Turn } from "../../conversation/turn.ts"
import { createEventEncoder, encodeStoredTurn } from "./event-encoder.ts"

function turn(text: string, status: Turn["status"]): Turn {
  return {
    id: "resp_1",
    tenant: "acme",
    endUser: undefined,
    createdAt: 1,
    model: "m",
    instructions: undefined,
    input: [],
    previousTurn: undefined,
    conversation: undefined,
    parameters: {},
    metadata: {},
    store: true,
    status,
    incompleteReason: status === "completed" ? undefined : "max_output_tokens",
    output: [{ id: "msg_1", type: "message", status, role: "assistant", content: [outputText(text)] }],
    usage: undefined,
    upstream: "u",
    completedAt: 2,
  }
}

type Event = { type: string; sequence_number: number; delta?: string }

function parse(stream: string): Event[] {
  const events = stream.split("\n\n")
  expect(events.pop()).toBe("")
  return events.map(event => {
    const [name, data, ...rest] = event.split("\n")
    expect(rest).toEqual([])
    const parsed = JSON.parse(data?.replace(/^data: /, "") ?? "") as Event
    expect(name).toBe(`event: ${parsed.type}`)
    return parsed
  })
}

/** The same stream with its deltas put together, and unnumbered. */
function essence(events: readonly Event[]) {
  const text = events.map(event => event.delta ?? "").join("")
  const others = events.filter(event => event.type !== "response.output_text.delta")
  return { text, others: others.map(({ sequence_number: _, ...event }) => event) }
}

test("a stored turn replayed says what was said live, however the text came in pieces", () => {
  const status = fc.constantFrom("completed" as const, "incomplete" as const)
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", minLength: 1 })), status, (pieces, how) => {
      const made = turn(pieces.join(""), how)
      const encoder = createEventEncoder(made, "msg_1")
      let end = 0
      const deltas = pieces.map(piece => {
        end += piece.length
        return encoder.delta(piece, end)
      })
      const live = parse(encoder.start() + deltas.join("") + encoder.finish(made))
      const replay = parse(encodeStoredTurn(made))
      expect(essence(replay)).toEqual(essence(live))
      expect(essence(live).text).toBe(pieces.join(""))
      for (const events of [live, replay]) {
        const numbers = events.map(event => event.sequence_number)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
      }
      expect(live.at(-1)?.sequence_number).toBe(replay.at(-1)?.sequence_number)
      expect(live.at(-1)?.type).toBe(`response.${how}`)
    }),
  )
})
