/** What an upstream's status other than 200–299 means for the request. */
export type Verdict =
  /** Another upstream, or the same one later, may answer. */
  | "try-next"
  /** The request itself is at fault: its sender is told. */
  | "reject"
  /** The operator's settings of this upstream are at fault; those of another may be right. */
  | "misconfigured"

export function judgeStatus(status: number): Verdict {
  if (status === 400 || status === 413 || status === 422) return "reject"
  if (status === 408 || status === 409 || status === 429 || status >= 500) return "try-next"
  return "misconfigured"
}

/** Milliseconds that a `Retry-After` header asks for; undefined when it is absent or a date. */
export function readRetryAfter(value: unknown): number | undefined {
  const seconds = typeof value === "string" && value !== "" ? Number(value) : Number.NaN
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined
}
