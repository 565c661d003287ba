import { mkdirSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { writeWhole } from "../../../process/durable-file.ts"
import { detachedEnvironment } from "../../../process/environment-variables.ts"
import type { ProcessPlan } from "./supervised-process.ts"

export type RuntimeProgram = "replica" | "gateway" | "simulator" | "migrate"
export type AgentProgram = "links" | "witness"

const { resolve } = createRequire(import.meta.url)

/** Path of a bundled program, wherever its package was installed. */
export const runtimeProgram = (name: RuntimeProgram): string => resolve(`@chatops/runtime/bundle/${name}.js`)

export const agentProgram = (name: AgentProgram | "agent"): string => resolve(`@chatops/stacks/bundle/${name}.js`)

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
