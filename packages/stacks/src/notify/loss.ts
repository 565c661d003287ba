import * as z from "zod"

/**
 * How much of what was acknowledged a failover would lose, by the age of the oldest of it. `nothing`: the region is in
 * sync. `unknown`: nobody can say.
 */
export const Loss = z.enum(["nothing", "under-1s", "under-1min", "more", "unknown"])
export type Loss = z.infer<typeof Loss>

/** In seconds. */
const orders = [
  { loss: "under-1s", from: 0, below: 1 },
  { loss: "under-1min", from: 1, below: 60 },
  { loss: "more", from: 60, below: Number.POSITIVE_INFINITY },
] as const

/** By so much it has to be outside of what it was before. */
const margin = 2

/** Of a region that is not in sync. `before`: what was said of it last, which holds on: a lag around a border is no news. */
export function lossOf(seconds: number | null, before: Loss | null): Loss {
  if (seconds === null) return "unknown"
  const kept = orders.find(
    ({ loss, from, below }) => loss === before && seconds >= from / margin && seconds < below * margin,
  )
  return (kept ?? orders.find(({ below }) => seconds < below))?.loss ?? "more"
}
