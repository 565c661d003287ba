import type { Register } from "@chatops/runtime/contract"
import type { Supervisor } from "../../protocol/supervisor.ts"
import type { Budget, Database, World } from "./world.ts"

export interface Start extends Partial<Pick<Register, "onLoss" | "durability" | "lease">> {
  /** West is in sync; otherwise nobody is. */
  readonly inSync: boolean
  /** It was brought into sync just now: the walsenders have read so, and go by the gate still. */
  readonly justNow?: true
}

const register: Register = {
  epoch: 1,
  primary: "east",
  incarnation: "e0",
  inSync: { region: "west", incarnation: "w0" },
  durability: "zero-loss",
  onLoss: "degrade",
  lease: 1,
  claim: "in-sync",
  version: 1,
  nonce: "first",
}

const database = (change: Partial<Database>): Database => ({
  up: true,
  kind: "standby",
  incarnation: "?",
  log: "1",
  upstream: null,
  open: false,
  alone: false,
  names: "nobody",
  checkpointer: { loaded: "nobody", applied: true },
  mustWait: false,
  waiting: "",
  senders: {},
  ...change,
})

/** Regions at work: east is primary and open, the standbys stream, and west is in sync, or nobody. */
export function regionsAtWork(
  standbys: readonly string[],
  budget: Budget,
  { inSync, onLoss = "degrade", durability = "zero-loss", lease = register.lease, justNow }: Start,
): World {
  const present: Register = { ...register, durability, onLoss, lease, inSync: inSync ? register.inSync : null }
  const alone = onLoss === "block" ? ("gate" as const) : ("nobody" as const)
  const names = inSync && register.inSync !== null ? register.inSync : alone
  const supervisor = (self: string, kind: "primary" | "standby"): Supervisor => ({
    self,
    phase:
      kind === "standby"
        ? { at: "following", primary: "east" }
        : { at: "leading", door: alone === "gate" && !inSync ? "shut" : "open", change: null },
    data: { kind, incarnation: incarnationOf(self) },
    register: present,
    seen: { epoch: 1, version: 1 },
    task: null,
    pending: null,
    reading: false,
  })
  const sender = (standby: string) => ({
    names: justNow ? ("gate" as const) : names,
    incarnation: incarnationOf(standby),
    loading: justNow ? names : null,
    flushed: 1,
    stopped: false,
  })
  const standby = (region: string) => database({ incarnation: incarnationOf(region), upstream: "east" })
  const each = <Value>(of: (region: string) => Value) =>
    Object.fromEntries(standbys.map(region => [region, of(region)]))
  return {
    register: present,
    net: [],
    supervisors: { east: supervisor("east", "primary"), ...each(region => supervisor(region, "standby")) },
    databases: {
      east: database({
        kind: "primary",
        incarnation: "e0",
        open: inSync || alone === "nobody",
        alone: names === "nobody",
        names,
        checkpointer: { loaded: names, applied: true },
        mustWait: names !== "nobody",
        senders: each(sender),
      }),
      ...each(standby),
    },
    acknowledged: "",
    leases: ["east"],
    budget,
  }
}

export const twoRegions = (budget: Budget, start: Start = { inSync: true }): World =>
  regionsAtWork(["west"], budget, start)

/** The witness may go back to the register of this world, once. */
export const whoseWitnessGoesBack = (world: World): World => ({ ...world, backup: world.register })

const incarnationOf = (region: string): string => `${region.charAt(0)}0`
