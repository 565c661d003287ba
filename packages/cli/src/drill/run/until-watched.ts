import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState, OpenTarget } from "@chatops/stacks"
import { type Fault, regionsOf, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"

const lookEvery = 250
/** Seconds: longer than a watcher is calm after it acted. */
const patience = 30

/** What a watcher answers with a failover, where it is made at the primary. */
const losesPrimary: ReadonlySet<Fault["kind"]> = new Set([
  "kill-database",
  "freeze-database",
  "kill-region",
  "freeze-region",
  "cut-off-region",
  "partition-entry",
  "fill-disk",
])

interface Rest {
  readonly reason: string
  readonly seconds: number
}

/** Why the watcher would not answer what the scenario breaks; undefined: it would, or has nothing to answer. */
function restOf({ watcher, witness }: EnvironmentState, { faults }: Scenario): Rest | undefined {
  const primary = witness.register?.primary ?? ""
  if (
    watcher === null ||
    !faults.some(({ fault }) => losesPrimary.has(fault.kind) && regionsOf(fault).includes(primary))
  )
    return undefined
  return watcher.verdict === "acts" ? { reason: "it is at it", seconds: 1 } : (watcher.restraint ?? undefined)
}

/** Throws DRILL_NOT_READY where the watcher rests for longer than a drill waits: nothing would fail over. */
export function refuseUnwatched(state: EnvironmentState, scenario: Scenario, left = patience): void {
  const rest = restOf(state, scenario)
  if (rest === undefined || rest.seconds <= left) return
  const hint = "Wait until then, or make a drill that leaves the primary alone."
  const message = `the watcher would not fail over for ${rest.seconds} s: ${rest.reason}`
  throw new ChatopsError("DRILL_NOT_READY", message, { hint })
}

/** Resolves when the watcher would answer what the scenario breaks. Throws DRILL_NOT_READY. */
export async function untilWatched(
  target: Pick<OpenTarget, "inspect">,
  scenario: Scenario,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const began = performance.now(); ; ) {
    const state = await target.inspect(signal)
    const rest = restOf(state, scenario)
    if (rest === undefined) return
    refuseUnwatched(state, scenario, patience - (performance.now() - began) / 1_000)
    progress(`waiting for the watcher: ${rest.reason}`)
    await delay(lookEvery, undefined, { signal })
  }
}
