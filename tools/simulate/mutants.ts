/** A rule of the protocol taken away, as a change of its source text. The search has to notice each. */
export interface Mutant {
  readonly name: string
  /** Of the protocol. */
  readonly rule: number
  /** Below `packages/stacks/src/failover`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export const mutants: readonly Mutant[] = [
  {
    name: "a region that is not in sync claims",
    rule: 1,
    file: "protocol/claiming.ts",
    from: `if (isListed(own, register)) return "in-sync"`,
    to: `return "in-sync"`,
  },
  {
    name: "the witness does not compare before it sets",
    rule: 1,
    file: "testing/model/supervisor-moves.ts",
    from: "const taken = world.register.version === write.base.version",
    to: "const taken = true",
  },
  {
    name: "promoted with the names that were copied",
    rule: 1,
    file: "testing/model/task-moves.ts",
    from: "const promoted = { ...closed, ...loaded(task.waitFor),",
    to: "const promoted = { ...closed, ...loaded(databaseOf(world, database.upstream ?? region).names),",
  },
  {
    name: "commits wait for nobody",
    rule: 2,
    file: "protocol/leading.ts",
    from: "if (inSync !== null) return inSync",
    to: "",
  },
  {
    name: "stops waiting before the witness knows",
    rule: 3,
    file: "protocol/changing.ts",
    from: `change: told }, pending:`,
    to: `change: told }, task: { task: "wait-for", waitFor: "nobody" }, pending:`,
  },
  {
    name: "goes on waiting for whom it has promised nothing any more",
    rule: 17,
    file: "protocol/changing.ts",
    from: `if (!isByLease(register) && isByLease({ ...register, ...next }))`,
    to: "if (false)",
  },
  {
    name: "joined before it has everything",
    rule: 4,
    file: "protocol/changing.ts",
    from: `return go("flushed", { task: "see-flushed", joiner, position: position ?? Number.POSITIVE_INFINITY })`,
    to: `return go("flushed", { task: "nudge" })`,
  },
  {
    name: "the position is noted before the gate is seen at work",
    rule: 4,
    file: "protocol/changing.ts",
    from: `return go("seen", { task: "see-waiting" })`,
    to: `return go("seen", { task: "nudge" })`,
  },
  {
    name: "a new gate behind names of nobody that were not seen at work",
    rule: 4,
    file: "protocol/changing.ts",
    from: `      return changing(from, phase, { change: "leave", step: "settle" }, { task: "see-returning" })
    return finished(from, phase)`,
    to: `      return finished(from, phase)
    return finished(from, phase)`,
  },
  {
    name: "a gate given up before it was seen at work",
    rule: 4,
    file: "protocol/changing.ts",
    from: `new Set(["gate", "senders", "seen", "give-up"])`,
    to: "new Set()",
  },
  {
    name: "started without confirming the register",
    rule: 5,
    file: "protocol/transition.ts",
    from: `return { ...from, phase: { at: "confirming" }, pending: write(register, { incarnation }, nonce) }`,
    to: `return written({ ...from, phase: { at: "confirming" } }, register, nonce)`,
  },
  {
    name: "started with the names on its own disk",
    rule: 5,
    file: "testing/model/task-moves.ts",
    from: "return change({ ...closed, ...loaded(task.waitFor), up: true })",
    to: "return change({ ...closed, ...loaded(database.names), up: true })",
  },
  {
    name: "opened without a barrier",
    rule: 5,
    file: "protocol/leading.ts",
    from: `return opening(from, phase, "barrier")`,
    to: `return opening(from, phase, "admitting")`,
  },
  {
    name: "a repeat or a read that does not wait as the first did",
    rule: 6,
    file: "testing/model/fault-moves.ts",
    from: ".filter(commit => !waiting.includes(commit))",
    to: "",
  },
  {
    name: "a place that was left taken back without starting over",
    rule: 13,
    file: "protocol/transition.ts",
    from: `from.phase.at === "yielded" ? startOver(from) : from`,
    to: `from.phase.at === "yielded"
        ? { ...from, phase: { at: "leading", door: "open", change: null } }
        : from`,
  },
  {
    name: "a write without an answer taken as one that did not happen",
    rule: 7,
    file: "protocol/transition.ts",
    from: `      return from
    case "done":`,
    to: `      return from.phase.at === "leading" && from.phase.change !== null
        ? changeFailed({ ...from, pending: null }, from.phase.change)
        : from
    case "done":`,
  },
  {
    name: "promoted while the former primary's lease runs",
    rule: 11,
    file: "protocol/claiming.ts",
    from: `if (claim === "in-sync" || lease === null) return promoting(from)`,
    to: "return promoting(from)",
  },
  {
    name: "promoted after a death without waiting again",
    rule: 11,
    file: "protocol/transition.ts",
    from: `if (isNamed(from, register) && data.kind === "standby") return named(from, register)`,
    to: `if (isNamed(from, register) && data.kind === "standby") return promoting(from)`,
  },
  {
    name: "runtimes acknowledge after the lease",
    rule: 11,
    file: "testing/model/world.ts",
    from: "!databaseOf(world, region).alone || world.leases.includes(region)",
    to: "true",
  },
  {
    name: "runtimes are not told that nobody is in sync",
    rule: 11,
    file: "testing/model/task-moves.ts",
    from: "return change({ alone: true })",
    to: "return change({})",
  },
]
