import type { RegionIncarnation, Register } from "@chatops/runtime/contract"
import { advance, isByLease, regimeOf } from "./leading.ts"
import { isInSync } from "./naming.ts"
import { towardsPolicy } from "./policy.ts"
import { type Change, type Phase, type Policy, type Supervisor, type Task, write } from "./supervisor.ts"

type Leading = Extract<Phase, { at: "leading" }>
type Join = Extract<Change, { change: "join" }>

/**
 * Brings a standby into sync, or swaps it in, through the gate (rule 4). PostgreSQL does not change the names at one
 * moment: the checkpointer and each walsender reload by themselves. Behind the gate nothing is released, so that the
 * position that is noted there holds everything that was acknowledged.
 */
export function joining(from: Supervisor, joiner: RegionIncarnation): Supervisor {
  return from.register?.durability === "zero-loss" ? swapping(from, joiner) : from
}

/** The same where nothing of the kind is promised. */
export function swapping(from: Supervisor, joiner: RegionIncarnation): Supervisor {
  const { phase, register, pending, task } = from
  if (phase.at !== "leading" || phase.change !== null || pending !== null) return from
  if (register === null || isInSync(register, joiner)) return from
  if (task !== null && !mayWaitInVain(phase, register)) return from
  return changing(from, withoutBarrier(phase), { change: "join", joiner, step: "gate" }, setGate)
}

const setGate = { task: "wait-for", waitFor: "gate" } as const

/** A barrier may wait for a directory that is gone: it is given up for what could end that, and passed afterwards. */
const mayWaitInVain = ({ door }: Leading, register: Register): boolean => door === "barrier" && register.inSync !== null

const withoutBarrier = (phase: Leading): Leading => (phase.door === "barrier" ? { ...phase, door: "shut" } : phase)

/** Nobody waits for a standby that is lost, once the witness knows that it is not in sync any more (rule 3). */
export function leaving(from: Supervisor): Supervisor {
  const { phase, register } = from
  if (phase.at !== "leading" || phase.door === "starting" || register === null) return from
  if (phase.change?.change === "join") return abandoned.has(phase.change.step) ? changeFailed(from, phase.change) : from
  if (phase.change !== null || register.inSync === null || register.onLoss === "block") return from
  return lettingGo(from, phase, { inSync: null })
}

/** Another promise than now (rule 17). */
export function promising(from: Supervisor, policy: Policy, nonce: string): Supervisor {
  const { phase, register, pending, task } = from
  if (phase.at !== "leading" || phase.door === "starting" || register === null) return from
  if (phase.change !== null || pending !== null) return from
  if (task !== null && !mayWaitInVain(phase, register)) return from
  const next = towardsPolicy(register, policy)
  if (next === undefined) return from
  if (!isByLease(register) && isByLease({ ...register, ...next })) return lettingGo(from, phase, next)
  const change = { change: "policy" } as const
  return { ...from, phase: { ...withoutBarrier(phase), change }, task: null, pending: write(register, next, nonce) }
}

/**
 * Runtimes keep to the lease from before the witness knows: what they acknowledge because somebody is in sync must be over
 * a lease after a claim that finds nobody. The witness knows next; then nobody is waited for.
 */
function lettingGo(from: Supervisor, phase: Leading, next: Partial<Register>): Supervisor {
  const door = phase.door === "open" ? "open" : "shut"
  const change = { change: "leave", step: "mark", next } as const
  return { ...from, phase: { ...phase, door, change }, task: markAlone(from, next) }
}

export function changeDone(from: Supervisor, change: Change, position: number | undefined, nonce: string): Supervisor {
  const { phase } = from
  if (phase.at !== "leading" || change.change === "policy") return from
  if (change.change === "leave") {
    if (change.step === "mark") {
      if (from.register === null) return from
      const told: Change = { change: "leave", step: "write" }
      return { ...from, phase: { ...phase, change: told }, pending: write(from.register, change.next, nonce) }
    }
    if (change.step === "names")
      return changing(from, phase, { change: "leave", step: "settle" }, { task: "see-returning" })
    return finished(from, phase)
  }
  return joinDone(from, phase, change, position, nonce)
}

function joinDone(
  from: Supervisor,
  phase: Leading,
  change: Join,
  position: number | undefined,
  nonce: string,
): Supervisor {
  const { joiner } = change
  const go = (step: Join["step"], task: Task) => changing(from, phase, { ...change, step }, task)
  switch (change.step) {
    case "gate":
      return go("senders", { task: "renew-senders", joiner })
    case "senders":
      return go("seen", { task: "see-waiting" })
    case "seen":
      return go("position", { task: "position" })
    case "position":
      return go("flushed", { task: "see-flushed", joiner, position: position ?? Number.POSITIVE_INFINITY })
    case "flushed":
      if (from.register === null) return from
      return {
        ...from,
        phase: { ...phase, change: { ...change, step: "write" } },
        pending: write(from.register, { inSync: joiner }, nonce),
      }
    case "names":
      return go("nudge", { task: "nudge" })
    case "give-up":
      return go("restore", { task: "wait-for", waitFor: regimeOf(from.register) })
    case "restore":
      return restored(from, phase)
    default:
      return finished(from, phase)
  }
}

/** Giving up before the witness was written to puts the old names back. */
export function changeFailed(from: Supervisor, change: Change): Supervisor {
  const { phase } = from
  if (phase.at !== "leading" || change.change === "policy") return from
  if (change.change === "leave") return changing(from, phase, change, leaveAgain(from, change))
  // The witness lists the joiner by now, and runtimes are to hear of it: there is no way back.
  if (change.step === "names" || change.step === "nudge") return changing(from, phase, change, joinedTask(change))
  const waitFor = regimeOf(from.register)
  // It may have been set all the same, or not at all: to see it at work would then take for ever.
  if (waitFor === "nobody" && change.step === "gate") return changing(from, phase, change, setGate)
  // A checkpointer that has not come to the gate yet would let a commit return, as if it had left it behind.
  if (waitFor === "nobody" && unseen.has(change.step))
    return changing(from, phase, { ...change, step: "give-up" }, { task: "see-waiting" })
  return changing(from, phase, { ...change, step: "restore" }, { task: "wait-for", waitFor })
}

const joinedTask = ({ step, joiner }: Join): Task =>
  step === "names" ? { task: "wait-for", waitFor: joiner } : { task: "nudge" }

/** Steps before the gate was seen at work, once it was set. */
const unseen: ReadonlySet<Join["step"]> = new Set(["senders", "seen", "give-up"])
/** Steps that are given up when the joiner is lost. What was half set before them is done first, and then given up. */
const abandoned: ReadonlySet<Join["step"]> = new Set(["senders", "seen", "position", "flushed"])

/** Where no lease is kept nobody may claim, and runtimes keep to none. */
const markAlone = ({ register }: Supervisor, next: Partial<Register>): Task => ({
  task: "mark-alone",
  lease: next.lease ?? register?.lease ?? null,
})

function leaveAgain(from: Supervisor, change: Extract<Change, { change: "leave" }>): Task {
  if (change.step === "mark") return markAlone(from, change.next)
  return change.step === "settle" ? { task: "see-returning" } : { task: "wait-for", waitFor: "nobody" }
}

/** A late checkpointer could still wake everybody behind a new gate: names of nobody have to be seen at work first. */
function restored(from: Supervisor, phase: Leading): Supervisor {
  if (regimeOf(from.register) !== "nobody") return finished(from, phase)
  return changing(from, phase, { change: "leave", step: "settle" }, { task: "see-returning" })
}

export function changeWritten(from: Supervisor): Supervisor {
  const { phase } = from
  if (phase.at !== "leading" || phase.change === null) return from
  const { change } = phase
  if (change.change === "policy") return finished(from, phase)
  if (change.change === "leave")
    return changing(from, phase, { change: "leave", step: "names" }, { task: "wait-for", waitFor: "nobody" })
  return changing(from, phase, { ...change, step: "names" }, { task: "wait-for", waitFor: change.joiner })
}

/** Somebody else wrote to the register of this epoch: what was to be changed is looked at anew. */
export function changeRefused(from: Supervisor): Supervisor {
  const { phase } = from
  if (phase.at !== "leading" || phase.change === null) return from
  if (phase.change.change === "join") return changeFailed(from, phase.change)
  if (phase.change.change === "policy") return finished(from, phase)
  const again = leaving({ ...from, phase: { ...phase, change: null } })
  if (again.task !== null) return again
  const { register } = from
  const { inSync } = register ?? {}
  // There is nothing to be left any more: runtimes have to hear so.
  if (!inSync) return finished(from, phase)
  return changing(from, phase, { change: "join", joiner: inSync, step: "nudge" }, { task: "nudge" })
}

function changing(from: Supervisor, phase: Leading, change: Change, task: Task): Supervisor {
  return { ...from, phase: { ...phase, change }, task }
}

function finished(from: Supervisor, phase: Leading): Supervisor {
  return advance({ ...from, phase: { ...phase, change: null }, task: null })
}
