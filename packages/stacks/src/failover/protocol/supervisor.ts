import type { RegionIncarnation, Register } from "@chatops/runtime/contract"
import type { LocalData } from "../start-decision.ts"

/**
 * What a primary's commits wait for: nobody, a name that never connects (the gate), or one region's directory. Changed
 * on a running database only in the order that `changing.ts` keeps.
 */
export type WaitFor = "nobody" | "gate" | RegionIncarnation

/** What a supervisor asks of its database, one at a time; the answer is a `done` or `failed` event. */
export type Task =
  /** Make the environment's first database. */
  | { readonly task: "initialise" }
  /** Start (or go on with) the primary, closed to runtimes. */
  | { readonly task: "start"; readonly waitFor: WaitFor }
  | { readonly task: "promote"; readonly waitFor: WaitFor }
  | { readonly task: "follow"; readonly primary: string }
  /** Follow with a former primary's directory, which fails where its history is not a prefix of the primary's. */
  | { readonly task: "rejoin"; readonly primary: string }
  /** Copy the primary under a new incarnation, over whatever is there, and follow it. */
  | { readonly task: "copy"; readonly primary: string }
  | { readonly task: "stop" }
  /** Set the names and see that the postmaster has them; its processes may still be late. */
  | { readonly task: "wait-for"; readonly waitFor: WaitFor }
  /** End every walsender, but for the joiner's own where no names list it; see that they are gone and the joiner streams. */
  | { readonly task: "renew-senders"; readonly joiner: RegionIncarnation }
  /** See one commit wait. */
  | { readonly task: "see-waiting" }
  /** See one commit return. */
  | { readonly task: "see-returning" }
  /** Note how far the WAL has been flushed. */
  | { readonly task: "position" }
  | { readonly task: "see-flushed"; readonly joiner: RegionIncarnation; readonly position: number }
  /** A small commit that waits for nobody: walsenders release waiters when their standby next reports. */
  | { readonly task: "nudge" }
  /** One commit, confirmed in the present regime. */
  | { readonly task: "barrier" }
  /** Let runtimes in. */
  | { readonly task: "admit" }
  /** Let a lease run out that another primary may hold, as long as that is (rule 11). */
  | { readonly task: "wait-out"; readonly lease: number }
  /** Tell runtimes that they acknowledge within the lease from now on, before the witness knows that nobody is in sync. */
  | { readonly task: "mark-alone"; readonly lease: number | null }
  /** Let nobody begin anything more, see what is under way end, and stop cleanly: the standby receives everything. */
  | { readonly task: "drain" }

export type Event =
  /** The supervisor's process begins; nothing but the disk is known. */
  | { readonly event: "begun"; readonly data: LocalData }
  /** `data`: what is on the disk now, where a decision is to follow. */
  | { readonly event: "read"; readonly register: Register; readonly data?: LocalData }
  | { readonly event: "written"; readonly register: Register }
  /** The register has a higher version than the write was based on, and it was not this write. */
  | { readonly event: "refused"; readonly register: Register }
  /** No answer, or not yet: the write may still land. */
  | { readonly event: "unanswered" }
  | { readonly event: "done"; readonly data: LocalData; readonly position?: number }
  | { readonly event: "failed"; readonly data: LocalData }
  | { readonly event: "database-ended" }
  /**
   * An arbiter wants this region to take over. `accepts`: what it takes for that; by default nothing may be lost, though
   * by then nobody be in sync any more (rules 11 and 12).
   */
  | { readonly event: "claim-asked"; readonly accepts?: Register["claim"] }
  /** Nobody waits for the claim any more. One that was written already goes on. */
  | { readonly event: "claim-withdrawn" }
  /** The lease was not renewed in time. */
  | { readonly event: "lease-ended" }
  /** The region that is in sync confirms nothing any more. */
  | { readonly event: "standby-lost" }
  /** A standby streams that could be in sync. */
  | { readonly event: "standby-streams"; readonly standby: RegionIncarnation }
  /** What the register should promise, as people want it now. Told again until it does. */
  | { readonly event: "policy-wanted"; readonly policy: Policy }
  /** This standby is to be the one in sync, whatever is promised: it is about to take over as planned (rule 13). */
  | { readonly event: "swap-asked"; readonly standby: RegionIncarnation }
  /** The primary's place is to be left to this region, which is in sync (rule 13). */
  | { readonly event: "yield-asked"; readonly to: RegionIncarnation }
  /** Nobody took the place that was left. */
  | { readonly event: "taken-back" }
  /**
   * With this directory the region can never follow: its history is not its primary's, what it lacks is gone, or
   * PostgreSQL does not start with it.
   */
  | { readonly event: "unusable" }

export type Policy = Pick<Register, "durability" | "onLoss" | "lease">

/** A compare-and-set that is asked for until its outcome is known (rule 7). */
export interface PendingWrite {
  readonly base: Register
  readonly next: Register
}

/** Bringing one region into sync, or the one that is in sync out of it (rules 3, 4 and 17). */
export type Change =
  | {
      readonly change: "join"
      readonly joiner: RegionIncarnation
      readonly step:
        | "gate"
        | "senders"
        | "seen"
        | "position"
        | "flushed"
        | "write"
        | "names"
        | "nudge"
        /** Giving up: the gate is seen at work first, and then the old names are put back. */
        | "give-up"
        | "restore"
    }
  /** `next`: what the register is to say then. */
  | { readonly change: "leave"; readonly step: "mark"; readonly next: Partial<Register> }
  | { readonly change: "leave"; readonly step: "write" | "names" | "settle" }
  /** Another promise, for which nothing has to wait for anybody else. */
  | { readonly change: "policy" }

export type Phase =
  | { readonly at: "starting" }
  /** For a reason that a person has to see. Of a lost database another region's claim is a way out as well. */
  | { readonly at: "closed"; readonly reason: "witness-went-back" | "database-lost" }
  | { readonly at: "creating" }
  | { readonly at: "becoming-standby"; readonly primary: string }
  | { readonly at: "following"; readonly primary: string }
  /** Its history is not the primary's, but the witness still lists its directory: it may not be wiped yet (rule 9). */
  | { readonly at: "stuck" }
  | { readonly at: "claiming"; readonly primary: string; readonly accepts: Register["claim"] }
  /** Named primary; its predecessor may still acknowledge within a lease. */
  | { readonly at: "waiting-out" }
  | { readonly at: "promoting" }
  /** Named primary; the register is written once more unchanged (rule 5). */
  | { readonly at: "confirming" }
  | { readonly at: "leading"; readonly door: Door; readonly change: Change | null }
  /** Another is primary, or the database ended: what is left of it is being stopped. */
  | { readonly at: "stopping" }
  /** Leaves its place as planned: it finishes what is under way, and stops. */
  | { readonly at: "yielding" }
  /** It has stopped, and waits for the other's claim. */
  | { readonly at: "yielded" }

/**
 * Whether a region that has nothing to do looks at the register now and then, for others may write to it. One that lost
 * its database is made anew once another has its place.
 */
export const looksAgain = (phase: Phase): boolean =>
  phase.at === "closed" ? phase.reason === "database-lost" : resting.has(phase.at)

const resting: ReadonlySet<Phase["at"]> = new Set(["following", "leading", "stuck", "yielded"])

/** How far a primary has come with opening to runtimes. */
export type Door = "starting" | "shut" | "barrier" | "admitting" | "open"

/** One region's supervisor. Whoever runs it makes `task`, `pending` and `reading` happen and tells what came of them. */
export interface Supervisor {
  readonly self: string
  readonly phase: Phase
  readonly data: LocalData
  readonly register: Register | null
  /** Highest that was ever seen, on disk before anything else is done with it (rule 8). */
  readonly seen: { readonly epoch: number; readonly version: number }
  readonly task: Task | null
  readonly pending: PendingWrite | null
  readonly reading: boolean
}

export function write(base: Register, change: Partial<Register>, nonce: string): PendingWrite {
  return { base, next: { ...base, ...change, version: base.version + 1, nonce } }
}
