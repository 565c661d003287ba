import type { Register } from "@chatops/runtime/contract"
import type { EnvironmentState, OpenTarget, WatcherAction } from "@chatops/stacks"

export interface FakeTarget extends OpenTarget {
  /** What was asked of it, in order. */
  readonly calls: string[]
}

export interface FakeTargetParts {
  readonly state: EnvironmentState
  readonly validate?: () => Promise<void>
  readonly actions?: readonly WatcherAction[]
}

/** A target that only says what it is told to say. */
export function fakeTarget({ state, validate = async () => {}, actions = [] }: FakeTargetParts): FakeTarget {
  const calls: string[] = []
  let present = state
  const unused = (name: string) => () => {
    throw new Error(`this test's target has no ${name}`)
  }
  return {
    calls,
    validate: async () => {
      calls.push("validate")
      await validate()
    },
    reserve: unused("programs"),
    resources: unused("resources"),
    inspect: async () => present,
    recovery: { memories: unused("memories"), write: unused("a witness") },
    keys: {
      create: unused("keys"),
      list: unused("keys"),
      revoke: unused("keys"),
      createToken: async ({ tenant, lifetimeSeconds }) => {
        calls.push(`token for ${tenant}, ${lifetimeSeconds} s`)
        return "token-1"
      },
    },
    register: async () => present.witness.register,
    moments: async () => [],
    watcherActions: async () => actions,
    byHand: {
      register: () => ["show register"],
      region: async region => [`show ${region}`],
      claim: async (region, { accepts = "in-sync" } = {}) => [`${accepts === "forced" ? "force" : "claim"} ${region}`],
      handOver: async ({ from, to }) => [`${from} to ${to}`],
    },
    faults: { able: async () => new Map(), make: unused("faults"), active: async () => [], heal: unused("faults") },
    secrets: { set: unused("secrets"), list: unused("secrets"), remove: unused("secrets") },
    claim: (region, _signal, { accepts = "in-sync" } = {}) =>
      change(`${accepts === "forced" ? "forced " : ""}claim by ${region}`, region, accepts),
    handOver: ({ from, to }) => change(`${from} hands over to ${to}`, to, "in-sync"),
    logs: unused("logs"),
    remove: async () => void calls.push("remove"),
  }

  async function change(call: string, region: string, whenAlone: Register["claim"]) {
    calls.push(call)
    const { witness, regions } = present
    if (witness.register === null) throw new Error("nothing is deployed")
    const claim = witness.register.inSync?.region === region ? "in-sync" : whenAlone
    const register = { ...witness.register, epoch: witness.register.epoch + 1, primary: region, inSync: null, claim }
    const role = (name: string) => (name === region ? ("primary" as const) : ("standby" as const))
    present = {
      ...present,
      witness: { ...witness, register },
      regions: regions.map(each => ({ ...each, role: role(each.name) })),
    }
    return register
  }
}

/** Two healthy regions, the first one primary; `primary: null` is an environment that was never deployed. */
export function fakeState(primary: string | null, url: string | null = "http://127.0.0.1:1"): EnvironmentState {
  const up = { reachable: true, healthy: true, detail: "" }
  const deployed = primary !== null
  const part = deployed ? up : { reachable: false, healthy: false, detail: "not deployed" }
  return {
    deployed,
    witness: {
      ...part,
      register: deployed
        ? ({
            primary,
            epoch: 1,
            durability: "async",
            inSync: null,
            lease: 2_000,
            claim: "in-sync",
          } as EnvironmentState["witness"]["register"])
        : null,
    },
    watcher: null,
    notify: null,
    regions: ["east", "west"].map(name => ({
      ...part,
      name,
      role: !deployed ? "unknown" : name === primary ? "primary" : "standby",
      database: deployed ? "running" : "stopped",
      incarnation: null,
      streaming: name !== primary,
      lag: name === primary ? null : { bytes: 2_048, seconds: 0, turns: 0 },
      replayed: name === primary ? null : { position: 4_096, committedAt: "2026-01-01T00:00:00.000Z" },
      release: "rel_000000000000",
      replicas: deployed
        ? [{ name: "r1", ready: true, detail: "", pid: 7, restarts: 0, address: "127.0.0.1:4001" }]
        : [],
      primarySince: null,
      witnessAnswers: deployed ? true : null,
      fitness: null,
      lostTurns: null,
      unread: null,
    })),
    entry: { ...part, url: deployed ? url : null, gateway: deployed ? ({ backends: [] } as never) : null },
  }
}
