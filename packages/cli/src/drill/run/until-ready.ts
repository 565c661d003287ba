import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState, OpenTarget } from "@chatops/stacks"
import { type Fault, regionsOf, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import { takesAway } from "./play-person.ts"
import { untilWhole } from "./until-whole.ts"

/** In milliseconds. */
const lookEvery = 250
const wholePatience = 120_000
/** Longer than a watcher is calm after it acted. */
const watcherPatience = 30_000

/** What a watcher answers with a failover, where it is made at the primary; nobody runs one for the first two. */
const losesPrimary: ReadonlySet<Fault["kind"]> = new Set(["kill-database", "partition-entry", ...takesAway])

/** What a drill begins with. */
interface Ready {
  readonly state: EnvironmentState
  readonly scenario: Scenario
}

interface Readying {
  readonly target: Pick<OpenTarget, "inspect">
  /** The scenario, with whoever holds its roles then. */
  readonly scenarioAt: (state: EnvironmentState) => Scenario
  readonly progress: (text: string) => void
}

/**
 * Resolves when everything is well and the watcher, where there is one, would answer what the scenario breaks: it may
 * have made another region primary meanwhile. Throws DRILL_NOT_READY.
 */
export async function untilReady({ target, scenarioAt, progress }: Readying, signal: AbortSignal): Promise<Ready> {
  for (const began = performance.now(); ; ) {
    const missing = await untilWhole(target, wholePatience, signal, progress)
    if (missing.length > 0) throw new ChatopsError("DRILL_NOT_READY", missing.join("; "))
    const state = await target.inspect(signal)
    const scenario = scenarioAt(state)
    const rest = restOf(state, scenario)
    if (rest === undefined) return { state, scenario }
    refuseUnwatched(state, scenario, watcherPatience - (performance.now() - began))
    progress(`waiting for the watcher: ${rest.reason}`)
    await delay(lookEvery, undefined, { signal })
  }
}

/** Throws DRILL_NOT_READY where the watcher rests for longer than so many milliseconds: nothing would fail over. */
export function refuseUnwatched(state: EnvironmentState, scenario: Scenario, left = watcherPatience): void {
  const rest = restOf(state, scenario)
  if (rest === undefined || rest.seconds * 1_000 <= left) return
  const hint = "Wait until then, or make a drill that leaves the primary alone."
  const message = `the watcher would not fail over for ${rest.seconds} s: ${rest.reason}`
  throw new ChatopsError("DRILL_NOT_READY", message, { hint })
}

/** Why the watcher would not answer what the scenario breaks; undefined: it would, or has nothing to answer. */
function restOf(
  { watcher, witness }: EnvironmentState,
  { faults }: Scenario,
): { readonly reason: string; readonly seconds: number } | undefined {
  const primary = witness.register?.primary ?? ""
  const isLost = faults.some(({ fault }) => losesPrimary.has(fault.kind) && regionsOf(fault).includes(primary))
  if (watcher === null || !isLost) return undefined
  return watcher.verdict === "acts"
    ? { reason: "it makes another region primary", seconds: 1 }
    : (watcher.restraint ?? undefined)
}
