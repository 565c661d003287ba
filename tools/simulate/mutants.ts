/** A rule of the protocol taken away, as a change of its source text. The search has to notice each. */
export interface Mutant {
  readonly name: string
  /** Of the protocol. */
  readonly rule: number
  /** Below `packages/stacks/src/failover`. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** Of a scenario that shows it, where others before it take long: where all searches but the long one begin. */
  readonly scenario?: string
}

export const mutants: readonly Mutant[] = [
  {
    name: "a region that is not in sync claims",
    rule: 1,
    file: "protocol/claiming.ts",
    from: `if (isListed(own, register)) return "in-sync"`,
    to: `return "in-sync"`,
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "the witness does not compare before it sets",
    rule: 1,
    file: "testing/model/supervisor-moves.ts",
    from: "): boolean => write.base.version === register.version",
    to: "): boolean => true",
  },
  {
    name: "promoted with the names that were copied",
    rule: 1,
    file: "testing/model/task-moves.ts",
    from: "const promoted = { ...closed, ...loaded(task.waitFor),",
    to: "const promoted = { ...closed, ...loaded(databaseOf(world, database.upstream ?? region).names),",
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "whoever asks for a claim writes it",
    rule: 1,
    file: "testing/model/fault-moves.ts",
    from: `to: tell(claim, region, { event: "claim-asked", accepts: "async" }),`,
    to: `to: {
        ...claim,
        register: {
          ...world.register,
          ...{ epoch: world.register.epoch + 1, primary: region, incarnation: databaseOf(world, region).incarnation },
          ...{ inSync: null, version: world.register.version + 1, nonce: "the arbiter's" },
        },
      },`,
    scenario: "async: a death and a failover",
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
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "goes on waiting for whom it has promised nothing any more",
    rule: 17,
    file: "protocol/changing.ts",
    from: `if (!isByLease(register) && isByLease({ ...register, ...next }))`,
    to: "if (false)",
    scenario: "block, alone: other promises",
  },
  {
    name: "a swap that does not renew the walsenders, which are late",
    rule: 4,
    file: "protocol/changing.ts",
    from: `return go("senders", { task: "renew-senders", joiner })`,
    to: `return go("seen", { task: "see-waiting" })`,
    scenario: "three regions: a swap",
  },
  {
    name: "a walsender that is stopped taken for one that has ended",
    rule: 4,
    file: "testing/model/task-moves.ts",
    from: `if (senders.some(sender => sender[1].stopped && !isSpared(sender))) return { event: "failed", world }`,
    to: "",
    scenario: "three regions: a swap, a stopped walsender",
  },
  {
    name: "a walsender left alone that no names list, of another than the joiner",
    rule: 4,
    file: "testing/model/task-moves.ts",
    from: `standby === task.joiner.region && incarnation === copy.incarnation && !waitsFor`,
    to: "!waitsFor",
    scenario: "three regions: a swap right after a join",
  },
  {
    name: "joined before it has everything",
    rule: 4,
    file: "protocol/changing.ts",
    from: `return go("flushed", { task: "see-flushed", joiner, position: position ?? Number.POSITIVE_INFINITY })`,
    to: `return go("flushed", { task: "nudge" })`,
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "the position is noted before the gate is seen at work",
    rule: 4,
    file: "protocol/changing.ts",
    from: `return go("seen", { task: "see-waiting" })`,
    to: `return go("seen", { task: "nudge" })`,
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "a new gate behind names of nobody that were not seen at work",
    rule: 4,
    file: "protocol/changing.ts",
    from: `      return changing(from, phase, { change: "leave", step: "settle" }, { task: "see-returning" })
    return finished(from, phase)`,
    to: `      return finished(from, phase)
    return finished(from, phase)`,
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "a gate given up before it was seen at work",
    rule: 4,
    file: "protocol/changing.ts",
    from: `new Set(["senders", "seen", "give-up"])`,
    to: "new Set()",
    scenario: "a lost standby and a failover, a late walsender",
  },
  {
    name: "a barrier that is waited for whoever else could confirm it",
    rule: 5,
    file: "protocol/changing.ts",
    from: `boolean => door === "barrier" && register.inSync !== null`,
    to: "boolean => false",
    scenario: "block: a lost disk and a failover",
  },
  {
    name: "a barrier that is waited for though whom it waits for was let go",
    rule: 5,
    file: "protocol/changing.ts",
    from: `if (task !== null && !mayWaitInVain(phase, register)) return from
  const next`,
    to: `if (task !== null) return from
  const next`,
    scenario: "block: a directory of no use, a death, and another promise",
  },
  {
    name: "a gate given up that may not have been set",
    rule: 4,
    file: "protocol/changing.ts",
    from: `if (waitFor === "nobody" && change.step === "gate") return changing(from, phase, change, setGate)`,
    to: `if (waitFor === "nobody" && change.step === "gate")
    return changing(from, phase, { ...change, step: "give-up" }, { task: "see-waiting" })`,
    scenario: "names that cannot be set, and a lost standby",
  },
  {
    name: "a region without its data stays closed after another's claim",
    rule: 9,
    file: "protocol/supervisor.ts",
    from: `phase.at === "closed" ? phase.reason === "database-lost" : resting.has(phase.at)`,
    to: "resting.has(phase.at)",
    scenario: "block: a lost disk and a failover",
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
    scenario: "a planned failover",
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
    name: "an old version taken for a write that did not happen",
    rule: 7,
    file: "protocol/transition.ts",
    from: `    case "read":
      return learned(`,
    to: `    case "read":
      if (
        from.phase.at === "leading" &&
        from.phase.change !== null &&
        event.register.version === from.pending?.base.version
      )
        return changeFailed({ ...from, pending: null }, from.phase.change)
      return learned(`,
    scenario: "a lost standby, a failover, a primary that cannot reach the witness",
  },
  {
    name: "another epoch's register taken for the base of what this one does",
    rule: 7,
    file: "protocol/transition.ts",
    from: "return isSuperseded(known, register) ? stopped(known) : consequence(known, register, nonce)",
    to: `return isSuperseded(known, register) && consequence !== refused
    ? stopped(known)
    : consequence(known, register, nonce)`,
    scenario: "a directory of no use and a failover",
  },
  {
    name: "a register that went back is believed",
    rule: 8,
    file: "protocol/transition.ts",
    from: "if (register.version < seen.version || register.epoch < seen.epoch)",
    to: "if (false)",
    scenario: "a failover, and the witness goes back",
  },
  {
    name: "a region that closes and does not stop its database",
    rule: 8,
    file: "protocol/transition.ts",
    from: `reason: "witness-went-back" }, task: { task: "stop" },`,
    to: `reason: "witness-went-back" }, task: null,`,
    scenario: "a failover, and the witness goes back",
  },
  {
    name: "a directory that the register lists is wiped",
    rule: 9,
    file: "protocol/transition.ts",
    from: "if (register === null || isListed(from, register))",
    to: "if (register === null)",
    scenario: "a directory of no use and a failover",
  },
  {
    name: "a region in sync claims with whatever directory it has",
    rule: 9,
    file: "protocol/naming.ts",
    from: "inSync !== null && inSync.region === own.self && inSync.incarnation === incarnationOf(own)",
    to: "inSync !== null && inSync.region === own.self",
    scenario: "block: a lost disk and a failover",
  },
  {
    name: "a former primary is open while it is tried whether it can follow",
    rule: 10,
    file: "testing/model/task-moves.ts",
    from: `if (!primary.log.startsWith(database.log)) return { event: "failed", world }`,
    to: `if (!primary.log.startsWith(database.log))
        return { event: "failed", world: withDatabase(world, region, { up: true, open: true }) }`,
  },
  {
    name: "promoted while the former primary's lease runs",
    rule: 11,
    file: "protocol/claiming.ts",
    from: `if (claim === "in-sync" || lease === null) return promoting(from)`,
    to: "return promoting(from)",
    scenario: "another promise and a failover",
  },
  {
    name: "promoted after a death without waiting again",
    rule: 11,
    file: "protocol/transition.ts",
    from: `if (isNamed(from, register) && data.kind === "standby") return named(from, register)`,
    to: `if (isNamed(from, register) && data.kind === "standby") return promoting(from)`,
    scenario: "async: a death and a failover",
  },
  {
    name: "runtimes acknowledge after the lease",
    rule: 11,
    file: "testing/model/world.ts",
    from: "!databaseOf(world, region).alone || world.leases.includes(region)",
    to: "true",
    scenario: "another promise and a failover",
  },
  {
    name: "runtimes are not told that nobody is in sync",
    rule: 11,
    file: "testing/model/task-moves.ts",
    from: "return change({ alone: true })",
    to: "return change({})",
    scenario: "another promise and a failover",
  },
]
