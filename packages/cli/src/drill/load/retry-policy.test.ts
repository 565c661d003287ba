import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AnswerFailed } from "./answer-end.ts"
import { delayBeforeRepeat } from "./retry-policy.ts"

const calm = { attempt: 0, left: 30_000, random: 0, resumed: false }
const failed = (failure: Omit<AnswerFailed, "kind">): AnswerFailed => ({ kind: "failed", ...failure })

describe("a good client", () => {
  const cases: readonly [string, Omit<AnswerFailed, "kind">, Partial<typeof calm>, number | undefined][] = [
    ["asks again where there was no connection", { how: "refused" }, {}, 100],
    ["asks again when its connection broke", { how: "reset" }, {}, 100],
    ["asks again when the answer broke off", { how: "broken" }, {}, 100],
    ["asks again when the service is away", { how: "status", status: 503 }, {}, 100],
    ["asks again after a bug of the server's", { how: "status", status: 500 }, {}, 100],
    ["asks again after a conflict", { how: "status", status: 409 }, {}, 100],
    ["asks again when it came too early", { how: "status", status: 425 }, {}, 100],
    ["does not repeat what was refused", { how: "status", status: 400 }, {}, undefined],
    ["does not repeat what is not there", { how: "status", status: 404 }, {}, undefined],
    ["asks anew at once when it cannot go on", { how: "status", status: 404 }, { resumed: true }, 0],
    ["waits before it asks a busy server anew", { how: "status", status: 503 }, { resumed: true }, 100],
    ["asks again when an event says so", { how: "told", retryable: true }, {}, 100],
    ["believes the event more than its code", { how: "told", code: "draining", retryable: false }, {}, undefined],
    ["knows which codes pass", { how: "told", code: "stream_interrupted" }, {}, 100],
    ["knows which codes do not", { how: "told", code: "content_filter" }, {}, undefined],
    ["is gone when its patience is over", { how: "timeout" }, {}, undefined],
    ["waits as long as it is told", { how: "status", status: 429, retryAfter: 7_000 }, {}, 7_000],
    ["waits longer if it would anyway", { how: "status", status: 429, retryAfter: 1 }, { attempt: 4 }, 1_600],
    ["waits no longer than it has time", { how: "status", status: 429, retryAfter: 7_000 }, { left: 7_000 }, undefined],
    ["doubles its delay", { how: "reset" }, { attempt: 3, random: 0.5 }, 1_200],
    ["waits five seconds at most", { how: "reset" }, { attempt: 60, random: 1 }, 5_000],
  ]
  it.each(cases)("%s", (_, failure, circumstances, delay) => {
    expect(delayBeforeRepeat(failed(failure), { ...calm, ...circumstances })).toBe(delay)
  })

  it("never comes back after its patience is over, and not before half of its delay", () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.double({ min: 0, max: 30_000, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, left, random) => {
          const delay = delayBeforeRepeat(failed({ how: "reset" }), { ...calm, attempt, left, random })
          if (delay === undefined) return
          expect(delay).toBeLessThan(left)
          expect(delay).toBeGreaterThanOrEqual(Math.min(2_500, 100 * 2 ** attempt))
        },
      ),
    )
  })
})
