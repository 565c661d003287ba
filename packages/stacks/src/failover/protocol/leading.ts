import type { Register } from "@chatops/runtime/contract"
import type { Phase, Supervisor, Task, WaitFor } from "./supervisor.ts"

type Leading = Extract<Phase, { at: "leading" }>

/** What a primary's commits wait for under this register. Local configuration is not asked (rule 5). */
export function regimeOf(register: Register | null): WaitFor {
  if (register === null) return "gate"
  const { inSync, durability, onLoss } = register
  if (inSync !== null) return inSync
  return durability === "zero-loss" && onLoss === "block" ? "gate" : "nobody"
}

/** Whether what its primary acknowledges is confirmed by nobody, so that it may do so within a lease only (rule 11). */
export const isByLease = (register: Register): boolean => register.lease !== null && regimeOf(register) === "nobody"

/** Whether this region acknowledges by its lease. */
export const needsLease = ({ phase, register }: Supervisor): boolean =>
  phase.at === "leading" && phase.door !== "starting" && register !== null && isByLease(register)

/** Opens a primary to runtimes: not before one commit is confirmed in its regime, and not where none can be (rule 5). */
export function advance(from: Supervisor): Supervisor {
  const { phase, register } = from
  if (phase.at !== "leading" || phase.door !== "shut" || phase.change !== null) return from
  if (regimeOf(register) === "gate") return from
  return opening(from, phase, "barrier")
}

/** One more step towards the open door is done. */
export function doorDone(from: Supervisor, phase: Leading): Supervisor {
  switch (phase.door) {
    case "starting":
      return advance({ ...from, phase: { ...phase, door: "shut" } })
    case "barrier":
      return opening(from, phase, "admitting")
    case "admitting":
      return { ...from, phase: { ...phase, door: "open" } }
    default:
      return from
  }
}

const doorTasks = { barrier: { task: "barrier" }, admitting: { task: "admit" } } as const satisfies Record<string, Task>

function opening(from: Supervisor, phase: Leading, door: "barrier" | "admitting"): Supervisor {
  return { ...from, phase: { ...phase, door }, task: doorTasks[door] }
}
