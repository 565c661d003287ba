import * as z from "zod"

const milliseconds = z.number().min(0)
const count = z.int().min(0)

/** Shares of a sorted list of durations, in milliseconds, by nearest rank: each is one that occurred. */
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
       * The longest time in which users waited and no turn at all was acknowledged, from the fault on and until the next
       * fault is made. A pause that had begun before counts from the fault, and one that lasts beyond the next fault
       * counts to its end. So a fault whose effect comes late is measured in full, and what healing and rejoining cost is
       * in it; where nothing is interrupted it is no longer than an answer takes. An answer that was on its way already
       * ends a pause as any other: its turn was committed.
       * Null: no turn that was first sent after the fault was acknowledged, or the record ends within the longest pause.
       */
      rto: milliseconds.nullable(),
      /** First time after the fault and before the next one; null where nothing of the kind was noticed. */
      detected: milliseconds.nullable(),
      claimed: milliseconds.nullable(),
      promoted: milliseconds.nullable(),
      /** First byte of an answer to a request that was sent after the fault. */
      firstByte: milliseconds.nullable(),
      /** First acknowledgement of a turn that was first sent after the fault; null: there was none. */
      acknowledged: milliseconds.nullable(),
      /**
       * Until the environment is whole again, after the last time before the next fault that something was missing: a
       * part that is well and, under `zero-loss`, a region in sync. 0: nothing ever was, as far as anybody saw who looked
       * every three seconds. Null: it was not whole before the drill's end. Of a record that does not tell what was missing:
       * until a region is in sync.
       */
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
    /** Read back after a turn of their conversation that was acknowledged later. */
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
    /** Given up, and never acknowledged. What is neither was under way when the record ended. */
    failed: count,
    /** From the first attempt to the acknowledgement. */
    latency: Distribution.nullable(),
    /** From the first attempt to the first byte of any answer. */
    firstByte: Distribution.nullable(),
    /** How much later than due requests were sent: what the machine that made the load cost. */
    lateness: Distribution.nullable(),
  }),
  /** Of attempts. */
  streams: z.strictObject({
    /** Their first byte came. */
    begun: count,
    /** Their final event came. */
    completed: count,
    /** Begun, and broke off or ended with an event that asks for a repeat. */
    broken: count,
    /** Asked for again from the beginning, after they broke. */
    retried: count,
    /** Gone on with after they broke. */
    resumed: count,
  }),
  /** The longest time in which users waited and no turn was acknowledged; it goes on when all of them gave up. */
  longestPause: milliseconds,
  /** What the history checker has against these events; empty when the protocol was kept. */
  violations: z.array(z.strictObject({ rule: z.string(), detail: z.string(), at: milliseconds })),
})
export type DrillFigures = z.infer<typeof DrillFigures>
