import * as z from "zod"

const milliseconds = z.number().min(0)
const count = z.int().min(0)

/** Shares of a sorted list of durations, in milliseconds. */
export const Distribution = z.strictObject({
  count,
  p50: milliseconds,
  p95: milliseconds,
  p99: milliseconds,
  max: milliseconds,
})
export type Distribution = z.infer<typeof Distribution>

/** What a drill came to. Every number follows from its raw events (`figuresOf`). */
export const DrillFigures = z.strictObject({
  /** Recovery of one fault, in the order in which they were made; each from the moment when the fault was in effect. */
  recoveries: z.array(
    z.strictObject({
      fault: z.string(),
      /** Regions concerned. */
      regions: z.array(z.string()),
      at: milliseconds,
      /**
       * The longest time within the fault's effect in which no turn was acknowledged, as clients saw it: it ends with the
       * first turn that was sent after the fault and acknowledged. Null: none was.
       */
      rto: milliseconds.nullable(),
      /** Parts of it, each from the fault; null where nothing of the kind was noticed. */
      detected: milliseconds.nullable(),
      claimed: milliseconds.nullable(),
      promoted: milliseconds.nullable(),
      /** First byte of an answer to a request that was sent after the fault. */
      firstByte: milliseconds.nullable(),
      /** Until a region is in sync again; null: none was before the drill's end. */
      redundant: milliseconds.nullable(),
    }),
  ),
  turns: z.strictObject({
    requested: count,
    acknowledged: count,
    /** Acknowledged, and not read back: the RPO, which `zero-loss` promises to be 0. */
    lost: count,
    /** Read back more than once. */
    doubled: count,
    /** Read back in another order than they were acknowledged in, within their conversation. */
    outOfOrder: count,
    /** Read back with another answer than the one that was acknowledged. */
    altered: count,
    /** Not acknowledged, and read back all the same: allowed, for nobody knew. */
    unknown: count,
  }),
  requests: z.strictObject({
    attempts: count,
    /** Attempts that came to nothing, by how. */
    failedAttempts: z.record(z.string(), count),
    /** Never acknowledged, however often they were sent. */
    failed: count,
    /** From the first attempt to the acknowledgement. */
    latency: Distribution.nullable(),
    firstByte: Distribution.nullable(),
    /** How much later than due requests were sent: what the machine that made the load cost. */
    lateness: Distribution.nullable(),
  }),
  streams: z.strictObject({
    begun: count,
    completed: count,
    broken: count,
    /** Asked for again from the beginning, after they broke. */
    retried: count,
    /** Gone on with after they broke. */
    resumed: count,
  }),
  /** The longest time without an acknowledged turn while there were requests. */
  longestPause: milliseconds,
  /** What the history checker has against these events; empty when the protocol was kept. */
  violations: z.array(z.strictObject({ rule: z.string(), detail: z.string(), at: milliseconds })),
})
export type DrillFigures = z.infer<typeof DrillFigures>
