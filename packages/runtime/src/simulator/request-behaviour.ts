import type { IncomingHttpHeaders } from "node:http"
import * as z from "zod"
import type { SimulatorBehaviour } from "../contract/index.ts"

/** How one request is treated: the simulator's behaviour, changed by the request's own headers. */
export interface RequestBehaviour extends SimulatorBehaviour {
  /** Status to fail with before the first byte. */
  readonly error: number | undefined
  /** Tokens after which the connection is reset. */
  readonly breakAfter: number | undefined
}

const Headers = z.object({
  "x-simulate-first-token-delay": z.coerce.number().min(0).max(3_600_000).optional(),
  "x-simulate-tokens-per-second": z.coerce.number().positive().optional(),
  "x-simulate-error": z.coerce.number().int().min(400).max(599).optional(),
  "x-simulate-answer-tokens": z.coerce.number().int().min(1).max(1_000_000).optional(),
  "x-simulate-break-after": z.coerce.number().int().min(0).optional(),
})

/** Throws `z.ZodError` when a header makes no sense. */
export function requestBehaviour(headers: IncomingHttpHeaders, behaviour: SimulatorBehaviour): RequestBehaviour {
  const own = Headers.parse(headers)
  return {
    ...behaviour,
    firstTokenDelay: own["x-simulate-first-token-delay"] ?? behaviour.firstTokenDelay,
    tokensPerSecond: own["x-simulate-tokens-per-second"] ?? behaviour.tokensPerSecond,
    answerTokens: own["x-simulate-answer-tokens"] ?? behaviour.answerTokens,
    error: own["x-simulate-error"],
    breakAfter: own["x-simulate-break-after"],
  }
}
