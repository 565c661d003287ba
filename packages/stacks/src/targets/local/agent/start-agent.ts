import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { writeDurably } from "../../../process/durable-file.ts"
import { detachedEnvironment, stateVariables } from "../../../process/environment-variables.ts"
import { makePassable } from "../../../state/state-directory.ts"
import { AgentClient } from "./agent-client.ts"
import { openLog } from "./process-log.ts"
import { storedProgram } from "./program-store.ts"
import type { AgentSpec } from "./spec.ts"
import type { RunsFrom } from "./state.ts"
import { untilTrue } from "./until.ts"

/** How long a new agent may take to answer, in milliseconds. */
const answerDeadline = 30_000

/** Starts an agent where none runs, from programs that are there. Resolves when it answers. Throws AGENT_FAILED. */
export async function startAgent(spec: AgentSpec, from: RunsFrom, signal: AbortSignal): Promise<void> {
  const client = new AgentClient(spec.socket)
  makePassable(spec.directory)
  await writeDurably(join(spec.directory, "spec.json"), JSON.stringify(spec))
  const logFile = join(spec.directory, "logs", "agent.log")
  const log = openLog(logFile)
  const program = storedProgram(from.store, "agent", spec.bundles.agent)
  const child = spawn(from.node, ["--enable-source-maps", program, spec.directory], {
    detached: true,
    // Not where the deploy was: that directory may go.
    cwd: "/",
    stdio: ["ignore", log.fd, log.fd],
    env: detachedEnvironment({ NODE_ENV: "production", ...stateVariables() }),
  })
  log.close()
  let ended: string | undefined
  child.once("error", error => (ended = error.message))
  child.once("exit", (code, name) => (ended = `it ended with ${name ?? code}`))
  child.unref()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(answerDeadline)])
  const answered = async () => ended !== undefined || (await client.state(1_000)) !== undefined
  await untilTrue(undefined, answered, patience).catch(() => signal.throwIfAborted())
  if (ended === undefined && (await client.state())) return
  throw new ChatopsError(
    "AGENT_FAILED",
    `the supervisor in ${spec.directory} did not start: ${ended ?? "no answer"}${lastError(logFile)} (log: ${logFile})`,
  )
}

function lastError(logFile: string): string {
  const line = readFileSync(logFile, "utf8")
    .split("\n")
    .findLast(text => /^\w*Error\b/.test(text))
  return line === undefined ? "" : `: ${line}`
}
