import { mkdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { writeWhole } from "../../../process/durable-file.ts"
import { detachedEnvironment } from "../../../process/environment-variables.ts"
import { type Bundles, storedProgram } from "./program-store.ts"
import type { RunsFrom } from "./state.ts"
import type { ProcessPlan } from "./supervised-process.ts"

export type RuntimeProgram = "replica" | "gateway" | "simulator" | "migrate"
export type AgentProgram = "links" | "witness"

const { resolve } = createRequire(import.meta.url)

/** What the newest spec names, when an agent runs it. */
let bundles: Bundles = {}

/** From now on programs come from the store in which this agent itself lies, with the fingerprints that its spec names. */
export function runFromStore(named: Bundles): void {
  bundles = named
}

/** As the agent that this is. */
export const runsFrom = (): RunsFrom => ({ store: dirname(import.meta.dirname), node: process.execPath })

export const runtimeProgram = (name: RuntimeProgram): string => program(name, `@chatops/runtime/bundle/${name}.js`)

export const agentProgram = (name: AgentProgram): string => program(name, `@chatops/stacks/bundle/${name}.js`)

/** Outside of an agent, in tests, it is the bundle as it was built. */
function program(name: string, installed: string): string {
  const named = bundles[name]
  return named === undefined ? resolve(installed) : storedProgram(runsFrom().store, name, named)
}

/** Plan for a Node program that reads its settings from a file and reports over IPC. */
export function nodeProcess(
  directory: string,
  name: string,
  program: string,
  settings: unknown,
  stopDeadline = 5_000,
): ProcessPlan {
  const settingsFile = writeSettings(directory, name, settings)
  return {
    name,
    command: process.execPath,
    args: ["--enable-source-maps", program],
    environment: detachedEnvironment({ CHATOPS_SETTINGS: settingsFile, NODE_ENV: "production" }),
    logFile: join(directory, "logs", `${name}.log`),
    stopDeadline,
  }
}

/** Where a program finds its settings, as its own user alone may read them. */
export function writeSettings(directory: string, name: string, settings: unknown): string {
  const file = join(directory, "settings", `${name}.json`)
  mkdirSync(join(directory, "settings"), { recursive: true, mode: 0o700 })
  writeWhole(file, JSON.stringify(settings, null, 2))
  return file
}
