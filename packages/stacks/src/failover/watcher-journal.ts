import * as z from "zod"
import { MayBeLost } from "./lacking.ts"

const at = z.iso.datetime()

/** One line of what a watcher saw, thought and did. */
export const WatcherEntry = z.discriminatedUnion("event", [
  /** It thinks otherwise than before. */
  z.strictObject({ event: z.literal("verdict"), at, verdict: z.enum(["well", "holds", "acts"]), reason: z.string() }),
  /** It asks for a claim; what came of it follows. */
  z.strictObject({
    event: z.literal("asked"),
    at,
    from: z.string(),
    to: z.string(),
    epoch: z.int().min(1),
    reason: z.string(),
    /** A drill's fault was in effect. */
    drilled: z.boolean().default(false),
    /** It surely holds what was acknowledged before, where it was not in sync; null: it was, or nobody could say. */
    heldUntil: at.nullable().default(null),
  }),
  z.strictObject({
    event: z.literal("acted"),
    at,
    /** When it began. */
    since: at,
    from: z.string(),
    to: z.string(),
    epoch: z.int().min(1),
    /** From asking until runtimes were let in; null: it died meanwhile, and found it done. */
    milliseconds: z.int().min(0).nullable(),
    reason: z.string(),
    drilled: z.boolean().default(false),
    /** How it came to its place, as the register has it. */
    claim: z.enum(["in-sync", "async", "forced"]).default("in-sync"),
    /** What was acknowledged and may be lost, as far as it was known when it was asked; null: nothing. */
    mayBeLost: MayBeLost.nullable().default(null),
  }),
  z.strictObject({ event: z.literal("failed"), at, from: z.string(), to: z.string(), reason: z.string() }),
  /** It had no processor for so long that all it knew was old. */
  z.strictObject({ event: z.literal("slept"), at, milliseconds: z.int().min(0) }),
])
export type WatcherEntry = z.infer<typeof WatcherEntry>
export type WatcherAction = Extract<WatcherEntry, { event: "acted" }>
