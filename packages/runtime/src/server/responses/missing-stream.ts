import { readResponseId } from "../../conversation/response-id.ts"

export interface StreamSearch {
  /** Unix milliseconds. */
  readonly now: number
  /** Of the replica that searched: when it began, and its place in ids. */
  readonly startedAt: number
  readonly place: string
  /** A replica that may be making the response said that it is not. */
  readonly denied: boolean
}

/**
 * What is to be said of a stream that is neither being made here nor stored. Nothing is said to be gone for good whose
 * replica may be at work on it, and nothing is said of whose it was: all of this follows from the id alone.
 */
export function missingStream(
  id: string,
  { now, startedAt, place, denied }: StreamSearch,
): "response_not_found" | "response_stream_gone" {
  const parts = readResponseId(id)
  if (parts === undefined || denied || parts.madeAt < now - longestMaking) return "response_not_found"
  // A process before this one may have been making it; this one knows all of its own.
  if (parts.place === place && parts.madeAt >= startedAt) return "response_not_found"
  return "response_stream_gone"
}

/** Milliseconds. Longer than any response is in the making. */
const longestMaking = 3_600_000
