import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { EnvironmentState } from "@chatops/stacks"
import { onTestFinished } from "vitest"
import { failover } from "../failover.ts"
import type { Operation } from "../operation.ts"
import type { RunOptions } from "../operation-run.ts"
import { runOperation } from "../run-operation.ts"
import { fakeServices } from "./fake-services.ts"
import { fakeState, fakeTarget } from "./fake-target.ts"

export type Change = (state: EnvironmentState) => EnvironmentState
export const asItIs: Change = state => state

/** East is primary, west in sync with it. */
export const guarded = (): EnvironmentState =>
  registered({ durability: "zero-loss", inSync: { region: "west", incarnation: "w0" } })(fakeState("east"))

/** Changes of primary where nothing is real. */
export function bench(change: Change, confirm: (question: string) => Promise<boolean> = async () => false) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-failover-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const target = fakeTarget({ state: change(guarded()) })
  const services = fakeServices(directory, { target, regions: ["east", "west"], confirm })
  /** What people read below a step that has finished. */
  const details: string[] = []
  const listen: RunOptions["listen"] = event => event.type === "step-finished" && details.push(...event.details)
  const options: RunOptions = { services, signal: new AbortController().signal, listen }
  const runAny = (operation: Operation) => runOperation(operation, options)
  const run = (to?: string) => runAny(failover(to === undefined ? {} : { to }))
  return { target, services, directory, options, details, runAny, run }
}

export const witness =
  (part: Partial<EnvironmentState["witness"]>): Change =>
  state => ({ ...state, witness: { ...state.witness, ...part } })

export const registered =
  (part: Partial<Register>): Change =>
  state => {
    const { register } = state.witness
    if (register === null) throw new Error("nothing is deployed")
    return witness({ register: { ...register, ...part } })(state)
  }

export const region =
  (wanted: string, part: Partial<EnvironmentState["regions"][number]>): Change =>
  state => ({
    ...state,
    regions: state.regions.map(region => (region.name === wanted ? { ...region, ...part } : region)),
  })

export const west = (part: Partial<EnvironmentState["regions"][number]>): Change => region("west", part)

/** Like west, and not in sync. */
export const withNorth =
  (part: Partial<EnvironmentState["regions"][number]> = {}): Change =>
  state => {
    const [, west] = state.regions
    if (west === undefined) throw new Error("there is no west")
    return { ...state, regions: [...state.regions, { ...west, name: "north", streaming: true, ...part }] }
  }

/** Nobody is in sync, … */
export const nobody: Change = registered({ inSync: null })
/** … nor has to be. */
export const async: Change = registered({ durability: "async", inSync: null })

/** The primary. */
export const gone: Change = region("east", { reachable: false, role: "unknown", detail: "not running" })

/** The primary is gone, and nobody holds everything. */
export const lost: Change = state => west({ lag: null })(gone(nobody(state)))
