import { type ClientErrorCode, retryableCodes } from "@chatops/runtime/contract"
import type { AnswerFailed } from "./answer-end.ts"

/** How long a user waits for one turn, in milliseconds, however often it is asked for. */
export const patience = 30_000

const firstDelay = 200
const longestDelay = 5_000

interface Circumstances {
  /** Attempts before this one. */
  readonly attempt: number
  /** Milliseconds that are left of the user's patience. */
  readonly left: number
  /** In [0, 1). */
  readonly random: number
  /** The attempt went on with a broken answer. That this cannot be done says nothing about asking anew. */
  readonly resumed: boolean
}

/**
 * Milliseconds after which a good client asks again, or undefined when it gives up: another request would fail the same
 * way, or the user would be gone. Delays double, and half of each is random, so that those who were cut off together do
 * not come back together; a server that names a time is not asked before.
 */
export function delayBeforeRepeat(
  failure: AnswerFailed,
  { attempt, left, random, resumed }: Circumstances,
): number | undefined {
  if (!mayRepeat(failure)) return resumed && failure.how === "status" ? 0 : undefined
  const full = Math.min(longestDelay, firstDelay * 2 ** attempt)
  const delay = Math.max(full / 2 + (full / 2) * random, failure.retryAfter ?? 0)
  return delay < left ? delay : undefined
}

function mayRepeat({ how, status = 0, code, retryable }: AnswerFailed): boolean {
  switch (how) {
    case "refused":
    case "reset":
    case "broken":
      return true
    case "status":
      return status >= 500 || repeatableStatus.has(status)
    case "told":
      return retryable ?? retryableCodes.has(code as ClientErrorCode)
    case "timeout":
      return false
  }
}

/** Too slow, in conflict, too early, too many. */
const repeatableStatus: ReadonlySet<number> = new Set([408, 409, 425, 429])
