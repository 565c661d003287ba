import { describe, expect, it } from "vitest"
import { turnsOf } from "./read-back.ts"

const user = (text: string) => ({ id: "msg_u", role: "user", content: [{ type: "input_text", text }] })
const assistant = (id: string) => ({ id, role: "assistant", content: [{ type: "output_text", text: "Yes." }] })

describe("what was read back", () => {
  const cases: Record<string, [items: Parameters<typeof turnsOf>[0], expected: ReturnType<typeof turnsOf>]> = {
    "is turns, each with its answer": [
      [user("drill 7: Why?"), assistant("msg_1"), user("drill 12: How?"), assistant("msg_2")],
      {
        turns: [
          { request: 7, message: "msg_1" },
          { request: 12, message: "msg_2" },
        ],
      },
    ],
    "can lack an answer": [
      [user("drill 7: Why?"), user("drill 8: How?"), assistant("msg_2")],
      {
        turns: [
          { request: 7, message: null },
          { request: 8, message: "msg_2" },
        ],
      },
    ],
    "can have an answer too many": [
      [user("drill 7: Why?"), assistant("msg_1"), assistant("msg_2")],
      { turns: [{ request: 7, message: "msg_1" }], foreign: 1 },
    ],
    "can begin with an answer": [[assistant("msg_1")], { turns: [], foreign: 1 }],
    "can have messages of others": [
      [user("Hello"), user("drill 0: Why?"), user("drill 07: Why?"), user("xdrill 7: Why?")],
      { turns: [], foreign: 4 },
    ],
    "has no answers to messages of others": [
      [user("drill 7: Why?"), user("Hello"), assistant("msg_1")],
      { turns: [{ request: 7, message: null }], foreign: 2 },
    ],
    "can be nothing": [[], { turns: [] }],
  }
  for (const [name, [items, expected]] of Object.entries(cases))
    it(name, () => expect(turnsOf(items)).toEqual(expected))
})
