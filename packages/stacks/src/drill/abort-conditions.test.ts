import { describe, expect, it } from "vitest"
import { AbortConditions } from "./abort-conditions.ts"
import type { DrillEvent } from "./drill-event.ts"
import { AbortWhen } from "./scenario.ts"

const sent = (at: number, request: number, attempt = 0): DrillEvent => ({
  ...{ event: "sent", at, due: at, request, attempt },
  ...{ conversation: request, turn: 1, streamed: false },
})
const acknowledged = (at: number, request: number): DrillEvent => ({
  ...{ event: "acknowledged", at, request, attempt: 0 },
  ...{ response: `resp_${request}`, message: `msg_${request}`, region: "east" },
})
const failed = (at: number, request: number, again = false): DrillEvent => ({
  ...{ event: "failed", at, request, attempt: 0, how: "timeout", again },
})

describe("a drill is given up", () => {
  const cases: Record<
    string,
    [when: AbortWhen, events: readonly DrillEvent[], at: number, expected: RegExp | undefined]
  > = {
    "when users have waited so long": [{ unansweredFor: 2 }, [sent(1_000, 1)], 3_000, /nothing .* for 2 s/],
    "not before that": [{ unansweredFor: 2 }, [sent(1_000, 1)], 2_999, undefined],
    "not while nobody waits": [{ unansweredFor: 2 }, [sent(1_000, 1), acknowledged(1_100, 1)], 90_000, undefined],
    "not while others are answered": [
      { unansweredFor: 2 },
      [sent(1_000, 1), sent(2_500, 2), acknowledged(2_600, 2)],
      4_000,
      undefined,
    ],
    "when all have given up waiting": [{ unansweredFor: 2 }, [sent(1_000, 1), failed(1_500, 1)], 3_000, /nothing/],
    "when so many requests have failed": [{ failed: 2 }, [failed(1, 1), failed(2, 2)], 3, /^2 requests/],
    "not for attempts that are made again": [{ failed: 1 }, [failed(1, 1, true)], 3, undefined],
    "by whichever holds first": [{ unansweredFor: 60, failed: 1 }, [sent(1, 1), failed(2, 1)], 3, /^1 requests/],
    "not by itself": [{ failed: 1 }, [sent(1, 1)], 3_600_000, undefined],
  }
  for (const [name, [when, events, at, expected]] of Object.entries(cases))
    it(name, () => {
      const conditions = new AbortConditions(when)
      for (const event of events) conditions.note(event)
      const reason = conditions.reason(at)
      if (expected) expect(reason).toMatch(expected)
      else expect(reason).toBeUndefined()
    })
})

it("names at least one condition", () => {
  expect(AbortWhen.safeParse({}).success).toBe(false)
  expect(AbortWhen.safeParse({ failed: 0 }).success).toBe(false)
  expect(AbortWhen.safeParse({ failed: 1 }).success).toBe(true)
})
