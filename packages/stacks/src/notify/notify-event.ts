import * as z from "zod"
import { MayBeLost } from "../failover/lacking.ts"
import { Loss } from "./loss.ts"

const place = { app: z.string(), environment: z.string() }
const region = z.string().min(1)
const count = z.int().min(0)
const timestamp = z.iso.datetime()

/** What a receiver is told: the payload of the Standard Webhooks specification (standardwebhooks.com), as JSON. */
export const NotifyEvent = z.discriminatedUnion("type", [
  /** Whether a failover would succeed now, and what it would lose: another answer than before, for some seconds already. */
  z.strictObject({
    type: z.literal("readiness.changed"),
    /** When it was seen first. */
    timestamp,
    data: z.strictObject({
      ...place,
      possible: z.boolean(),
      /** Region that would take over; null: none could. */
      to: region.nullable(),
      /** How much it would lose, by its order; null where it is not possible. */
      loss: Loss.nullable(),
      /** Why it is not possible. */
      reason: z.string().nullable(),
      /**
       * What would be missing in the region that has the most, if the primary were lost now. Null: nothing that was
       * acknowledged, or nobody can say.
       */
      wouldLose: z.strictObject({ region, bytes: count, seconds: z.number().min(0), turns: count }).nullable(),
    }),
  }),
  z.strictObject({
    type: z.literal("failover.finished"),
    /** When runtimes were let in. */
    timestamp,
    data: z.strictObject({
      ...place,
      from: region,
      to: region,
      epoch: z.int().min(1),
      /** As the ledger names who did it: `user@host`, or `watcher`. */
      by: z.string().min(1),
      planned: z.boolean(),
      /** From asking until runtimes were let in; null: nobody knows. */
      milliseconds: count.nullable(),
      /** How `to` came to its place: as the region in sync, or without having been. */
      claim: z.enum(["in-sync", "async", "forced"]).default("in-sync"),
      /**
       * What was acknowledged and may be lost, as far as it was known beforehand: turns that `to` was last known to lack,
       * and how long before the failover all was held that was acknowledged. Each may be unknown. Null: nothing is lost.
       */
      mayBeLost: MayBeLost.nullable().default(null),
    }),
  }),
  z.strictObject({
    type: z.literal("drill.finished"),
    timestamp,
    data: z.strictObject({
      ...place,
      /** Of its record in the ledger. */
      id: z.string().min(1),
      /** `violated`: the protocol's promises were broken. `missed`: they held, and an objective was not met. */
      outcome: z.enum(["passed", "missed", "violated", "aborted"]),
      /** Acknowledged turns that were lost. */
      lost: count,
      /** The longest recovery, in milliseconds; null: there was none, or one never ended. */
      rtoMs: z.number().min(0).nullable(),
    }),
  }),
])
export type NotifyEvent = z.infer<typeof NotifyEvent>

/** An event before it is known of which environment. */
export type Announcement = NotifyEvent extends infer Event
  ? Event extends NotifyEvent
    ? Pick<Event, "type" | "timestamp"> & { readonly data: Omit<Event["data"], keyof typeof place> }
    : never
  : never
