import * as z from "zod"
import { Fault } from "./fault.ts"

const seconds = z.number().min(0)

/** Load from the outside: users arrive at random, at a rate that does not depend on how they are answered. */
export const Load = z.strictObject({
  /** Turns a second, on average, over all conversations. */
  turnsPerSecond: z.number().min(1).max(2_000),
  /** Turns of a conversation, on average. */
  turnsPerConversation: z.number().min(1).max(100),
  /** Seconds from an answer to its user's next message, on average. */
  thinkTime: seconds.max(600),
  /** Share of turns that are streamed. */
  streamed: z.number().min(0).max(1),
  /** Tokens of an answer at most. */
  answerTokens: z.int().min(1).max(4_000),
})
export type Load = z.infer<typeof Load>

/** When a drill is given up, and what it broke is healed at once; either is enough. Not looked at before the first fault. */
export const AbortWhen = z
  .strictObject({
    /** Seconds in which users waited and no turn at all was acknowledged. */
    unansweredFor: seconds.positive().max(3_600).exactOptional(),
    /** Requests that users have given up, however often they were sent. */
    failed: z.int().min(1).exactOptional(),
  })
  .refine(when => Object.keys(when).length > 0, "names no condition: unansweredFor, failed")
export type AbortWhen = z.infer<typeof AbortWhen>

/** One drill, as data: load for a while, and what breaks when. All that is drawn comes from its seed. */
export const Scenario = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  summary: z.string(),
  seed: z.int().min(0),
  load: Load,
  /** Seconds of load before the first fault: enough to see that all is well. */
  warmUp: z.number().min(1).max(600),
  faults: z
    .array(
      z.strictObject({
        fault: Fault,
        /** Seconds after the warm-up. */
        after: seconds.max(3_600),
        /** Seconds until it heals, whatever becomes of who made it. */
        healAfter: seconds.positive().max(3_600),
      }),
    )
    .min(1)
    .max(20),
  /** Seconds of load after the last fault has healed: enough to see that service is back. */
  coolDown: z.number().min(1).max(3_600),
  abortWhen: AbortWhen.exactOptional(),
})
export type Scenario = z.infer<typeof Scenario>
