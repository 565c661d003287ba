import type { Register } from "@chatops/runtime/contract"
import type { Supervisor } from "../../protocol/supervisor.ts"
import type { Budget, Database, World } from "./world.ts"

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

/** Two regions at work: east is primary and open, west is in sync (or, alone, streams and is not). */
export function twoRegions(
  budget: Budget,
  { inSync = true, onLoss = "degrade" as Register["onLoss"], durability = "zero-loss" as Register["durability"] } = {},
): World {
  const present: Register = { ...register, durability, onLoss, inSync: inSync ? register.inSync : null }
  const alone = onLoss === "block" ? ("gate" as const) : ("nobody" as const)
  const names = inSync && register.inSync !== null ? register.inSync : alone
  const supervisor = (self: string, incarnation: string, kind: "primary" | "standby"): Supervisor => ({
    self,
    phase:
      kind === "standby"
        ? { at: "following", primary: "east" }
        : { at: "leading", door: alone === "gate" && !inSync ? "shut" : "open", change: null },
    data: { kind, incarnation },
    register: present,
    seen: { epoch: 1, version: 1 },
    task: null,
    pending: null,
    reading: false,
  })
  return {
    register: present,
    net: [],
    supervisors: { east: supervisor("east", "e0", "primary"), west: supervisor("west", "w0", "standby") },
    databases: {
      east: database({
        kind: "primary",
        incarnation: "e0",
        open: inSync || alone === "nobody",
        alone: names === "nobody",
        names,
        checkpointer: { loaded: names, applied: true },
        mustWait: names !== "nobody",
        senders: { west: { names, incarnation: "w0", flushed: 1, stopped: false } },
      }),
      west: database({ incarnation: "w0", upstream: "east" }),
    },
    acknowledged: "",
    leases: ["east"],
    budget,
  }
}
