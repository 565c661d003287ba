import type { Register } from "@chatops/runtime/contract"
import { decideStart } from "../start-decision.ts"
import {
  changeDone,
  changeFailed,
  changeRefused,
  changeWritten,
  joining,
  leaving,
  promising,
  swapping,
} from "./changing.ts"
import { claimed, named, promoting } from "./claiming.ts"
import { advance, doorDone, needsLease, regimeOf } from "./leading.ts"
import { isListed, isNamed } from "./naming.ts"
import { type Event, looksAgain, type Supervisor, type Task, write } from "./supervisor.ts"
import { yielding } from "./yielding.ts"

/**
 * What a region's supervisor does about one event. Pure: the same code runs in the real processes and in the
 * exhaustive search. `nonce` is used for a write that the event leads to, and must be no other write's that anybody may
 * still send, take or ask for.
 */
export function transition(from: Supervisor, event: Event, nonce: string): Supervisor {
  switch (event.event) {
    case "begun":
      return startOver({ ...from, register: null, data: event.data })
    case "read":
      return learned({ ...from, reading: false, data: event.data ?? from.data }, event.register, read, nonce)
    case "written":
      return learned({ ...from, pending: null }, event.register, written, nonce)
    case "refused":
      return learned({ ...from, pending: null }, event.register, refused, nonce)
    case "unanswered":
      // The write may still land. It is asked for again, with the same base, until its outcome is known.
      return from
    case "done":
      return done({ ...from, task: null, data: event.data }, event.position, nonce)
    case "failed":
      return failed({ ...from, task: null, data: event.data }, from.task)
    case "database-ended":
      return startOver(from)
    case "claim-asked":
      if (from.phase.at !== "following") return from
      return {
        ...from,
        phase: { at: "claiming", primary: from.phase.primary, accepts: event.accepts ?? "in-sync" },
        reading: true,
      }
    case "claim-withdrawn":
      if (from.phase.at !== "claiming" || from.pending !== null) return from
      return { ...from, phase: { at: "following", primary: from.phase.primary }, reading: false }
    case "lease-ended":
      return needsLease(from) ? stopped(from) : from
    case "standby-lost":
      return leaving(from)
    case "standby-streams":
      return joining(from, event.standby)
    case "swap-asked":
      return swapping(from, event.standby)
    case "yield-asked":
      return yielding(from, event.to)
    case "taken-back":
      return from.phase.at === "yielding" || from.phase.at === "yielded" ? startOver(from) : from
    case "policy-wanted":
      return promising(from, event.policy, nonce)
    case "unusable":
      return isFollower(from) ? rebuilt(from) : from
  }
}

/** Everything is read again. A write of before that is still under way is killed by the next confirmation (rule 5). */
function startOver(from: Supervisor): Supervisor {
  return { ...from, phase: { at: "starting" }, task: null, pending: null, reading: true }
}

type Consequence = (from: Supervisor, register: Register, nonce: string) => Supervisor

/** What is older than anything seen is no news: the witness was restored, and nobody knows what it has forgotten. */
function learned(from: Supervisor, register: Register, consequence: Consequence, nonce: string): Supervisor {
  const { seen } = from
  if (register.version < seen.version || register.epoch < seen.epoch)
    return { ...from, phase: { at: "closed", reason: "witness-went-back" }, task: { task: "stop" }, pending: null }
  const known = { ...from, register, seen: { epoch: register.epoch, version: register.version } }
  return isSuperseded(known, register) ? stopped(known) : consequence(known, register, nonce)
}

const isSuperseded = ({ phase, data }: Supervisor, register: Register): boolean =>
  (phase.at === "leading" || phase.at === "yielding") &&
  (data.kind === "none" || register.incarnation !== data.incarnation)

function stopped(from: Supervisor): Supervisor {
  return { ...from, phase: { at: "stopping" }, task: { task: "stop" }, pending: null }
}

function read(from: Supervisor, register: Register, nonce: string): Supervisor {
  switch (from.phase.at) {
    case "starting":
      return decided(from, register, nonce)
    case "following":
      if (isNamed(from, register)) return named(from, register)
      // A third region's claim.
      return register.primary === from.phase.primary ? from : becomingStandby(from, "rejoin", register.primary)
    case "claiming":
      return claimed(from, from.phase, register, nonce)
    case "stuck":
      return rebuilt(from)
    case "yielded":
      return isNamed(from, register) ? from : decided(from, register, nonce)
    case "closed":
      // Another region has taken the place that this one could not fill.
      return looksAgain(from.phase) ? decided(from, register, nonce) : from
    default:
      return from
  }
}

function decided(from: Supervisor, register: Register, nonce: string): Supervisor {
  const { self, data } = from
  // The claim was written, and its region died before it was promoted. Its directory is in order: it is finished.
  if (isNamed(from, register) && data.kind === "standby") return named(from, register)
  const decision = decideStart(self, register, data)
  switch (decision.action) {
    case "initialise":
      return { ...from, phase: { at: "creating" }, task: { task: "initialise" } }
    case "lead":
      return confirming(from, register, nonce)
    case "copy":
    case "follow":
      return becomingStandby(from, decision.action, register.primary)
    case "refuse":
      if (decision.code === "DATABASE_LOST") return { ...from, phase: { at: "closed", reason: "database-lost" } }
      return becomingStandby(from, "rejoin", register.primary)
  }
}

function becomingStandby(from: Supervisor, task: "copy" | "follow" | "rejoin", primary: string): Supervisor {
  return { ...from, phase: { at: "becoming-standby", primary }, task: { task, primary } }
}

/** Kills what of a former life is still on its way to the witness (rule 5). The first database announces itself so. */
function confirming(from: Supervisor, register: Register, nonce: string): Supervisor {
  const { data } = from
  const incarnation = data.kind === "none" ? register.incarnation : data.incarnation
  return { ...from, phase: { at: "confirming" }, pending: write(register, { incarnation }, nonce) }
}

const isFollower = ({ phase }: Supervisor): boolean =>
  phase.at === "becoming-standby" || phase.at === "following" || phase.at === "claiming"

/** A directory that the witness lists is never wiped: it holds what was acknowledged (rule 9). */
function rebuilt(from: Supervisor): Supervisor {
  const { register } = from
  if (register === null || isListed(from, register)) return { ...from, phase: { at: "stuck" }, task: null }
  return becomingStandby(from, "copy", register.primary)
}

function written(from: Supervisor, register: Register): Supervisor {
  switch (from.phase.at) {
    case "confirming":
      return {
        ...from,
        phase: { at: "leading", door: "starting", change: null },
        task: { task: "start", waitFor: regimeOf(register) },
      }
    case "claiming":
      return named(from, register)
    case "leading":
      return changeWritten(from)
    default:
      return from
  }
}

function refused(from: Supervisor, register: Register, nonce: string): Supervisor {
  switch (from.phase.at) {
    case "confirming":
      return startOver(from)
    case "claiming":
      // The primary may only have begun anew: whoever is still listed asks again.
      return claimed(from, from.phase, register, nonce)
    case "leading":
      return changeRefused(from)
    default:
      return from
  }
}

function done(from: Supervisor, position: number | undefined, nonce: string): Supervisor {
  switch (from.phase.at) {
    case "creating":
      return from.register === null ? startOver(from) : confirming(from, from.register, nonce)
    case "becoming-standby":
      return { ...from, phase: { at: "following", primary: from.phase.primary } }
    case "waiting-out":
      return promoting(from)
    case "promoting":
      return advance({ ...from, phase: { at: "leading", door: "shut", change: null } })
    case "leading":
      return from.phase.change === null
        ? doorDone(from, from.phase)
        : changeDone(from, from.phase.change, position, nonce)
    case "stopping":
      return startOver(from)
    case "yielding":
      return { ...from, phase: { at: "yielded" } }
    default:
      return from
  }
}

function failed(from: Supervisor, task: Task | null): Supervisor {
  switch (from.phase.at) {
    case "becoming-standby":
      return task?.task === "rejoin" ? rebuilt(from) : startOver(from)
    case "leading":
      return from.phase.change === null ? startOver(from) : changeFailed(from, from.phase.change)
    default:
      return startOver(from)
  }
}
