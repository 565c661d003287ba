import { Register } from "@chatops/runtime/contract"
import * as z from "zod"
import { Fault } from "./fault.ts"

/** Milliseconds since the drill began, by the clock of whoever runs it; to a thousandth. */
const at = z.number()
/** Number of a request: one turn that one simulated user wants, however often it is asked for. Counts from 1. */
const request = z.int().min(1)
/** Number of a conversation, from 1. */
const conversation = z.int().min(1)
/** How often the request was sent before, with the same `Idempotency-Key`. 0 for the first time. */
const attempt = z.int().min(0)

/** Where a turn was committed: the WAL position is not beyond the commit's. */
export const CommitPosition = z.strictObject({
  epoch: z.int().min(1),
  timeline: z.int().min(1),
  /** As PostgreSQL writes it: `0/16B3748`. */
  lsn: z.string(),
})
export type CommitPosition = z.infer<typeof CommitPosition>

const noticed = {
  /** Region whose supervisor, or `watcher`, tells. */
  by: z.string(),
  /**
   * `suspected`: something is wrong with the primary. `asked`: a claim is asked for. `claimed`: the register was written.
   * `promoted`: the database takes writes. `opened`: runtimes are let in. `closed`: they are not any more.
   * `in-sync`: a region was brought into sync. `alone`: none is any more.
   */
  what: z.enum(["suspected", "asked", "claimed", "promoted", "opened", "closed", "in-sync", "alone"]),
  epoch: z.int().min(1).optional(),
  /** Of `suspected`: why; of `in-sync`: which region; of `promoted`: `timeline 2 begins at 0/5000000`. */
  detail: z.string().optional(),
}

/**
 * One thing that happened in a drill, as it was recorded: one line of the raw events. All figures follow from these.
 * What clients saw is recorded by the clients; nothing of it comes from what is being drilled.
 */
export const DrillEvent = z.discriminatedUnion("event", [
  /** An attempt leaves. `due`: when its user wanted it sent, which is before `at` on a machine that is too slow. */
  z.strictObject({
    event: z.literal("sent"),
    at,
    due: at,
    request,
    attempt,
    conversation,
    /** Which turn of its conversation this is, from 1. */
    turn: z.int().min(1),
    streamed: z.boolean(),
    /** Goes on with an answer that broke off, after its event of this number, instead of asking again. */
    resumes: z.int().min(0).optional(),
  }),
  /** The first byte of the answer's body. */
  z.strictObject({ event: z.literal("first-byte"), at, request, attempt }),
  /** The final event of a stream, or the whole JSON: its user saw the turn acknowledged. */
  z.strictObject({
    event: z.literal("acknowledged"),
    at,
    request,
    attempt,
    /** Id of the response. */
    response: z.string(),
    /** Id of the message that is the answer. */
    message: z.string(),
    /** Region whose replica answered. */
    region: z.string(),
    /** Absent where the runtime does not tell. */
    position: CommitPosition.optional(),
  }),
  /** An attempt that came to nothing. */
  z.strictObject({
    event: z.literal("failed"),
    at,
    request,
    attempt,
    /**
     * `refused`: no connection. `reset`: it broke before an answer. `status`: an answer of 400 or more. `broken`: the
     * answer had begun, and broke off. `told`: it had begun, and ended with an event that asks for a repeat.
     * `timeout`: its user waited no longer.
     */
    how: z.enum(["refused", "reset", "status", "broken", "told", "timeout"]),
    status: z.int().optional(),
    /** Code of the error, where one was told. */
    code: z.string().optional(),
    /** Number of the last event of the stream that arrived. */
    lastEvent: z.int().min(0).optional(),
    /** Whether its user asks again. A request whose last attempt is not asked for again has failed. */
    again: z.boolean(),
  }),
  /** What a conversation holds afterwards, in its order. `request` is what the user's message says that it is. */
  z.strictObject({
    event: z.literal("read-back"),
    at,
    conversation,
    turns: z.array(z.strictObject({ request, message: z.string().nullable() })),
    /** How many of its messages were no user's of the drill, and no answer to one; absent for none. */
    foreign: z.int().min(1).optional(),
  }),
  z.strictObject({ event: z.literal("fault-made"), at, fault: Fault }),
  z.strictObject({ event: z.literal("fault-healed"), at, fault: Fault }),
  /** What the target saw happen: the watcher's and the supervisors' own accounts, by their machines' clocks. */
  z.strictObject({ event: z.literal("noticed"), at, ...noticed }),
  /** The same of what cannot be said when it happened, for a clock has jumped. `at`: when it was heard of. */
  z.strictObject({ event: z.literal("undated"), at, ...noticed }),
  /** The clock of whoever runs the drill was seen to have jumped by so much, forward or (negative) back. */
  z.strictObject({ event: z.literal("clock-jumped"), at, by: z.number() }),
  /** The register, whenever it was seen to be another. */
  z.strictObject({ event: z.literal("register"), at, register: Register }),
  /**
   * What kept the environment from standing the next fault, whenever that was seen to be something else; empty: nothing
   * did. `at`: when the answer was there.
   */
  z.strictObject({ event: z.literal("whole"), at, missing: z.array(z.string()) }),
  /** The drill was given up: why. */
  z.strictObject({ event: z.literal("aborted"), at, reason: z.string() }),
])
export type DrillEvent = z.infer<typeof DrillEvent>
