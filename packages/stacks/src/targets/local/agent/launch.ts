import { spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type ErrorCode, catalog } from "../../../errors/catalog.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { detachedEnvironment } from "../../../process/environment-variables.ts"
import { writeDurably } from "../../../process/durable-file.ts"
import { lockHolder } from "../../../process/process-lock.ts"
import { AgentClient } from "./agent-client.ts"
import { agentProgram } from "./node-process.ts"
import { openLog } from "./process-log.ts"
import type { AgentSpec } from "./spec.ts"
import type { AgentState } from "./state.ts"
import { untilTrue } from "./until.ts"

export interface LaunchOptions {
  readonly signal: AbortSignal
  /** Called with what the agent is doing, whenever that changes. */
  readonly onPhase?: (phase: string) => void
}

const answerDeadline = 15_000

/**
 * Makes an agent run with this spec, and waits until it has settled. Adopts one that runs already: an interrupted
 * create may have started it. Throws the agent's own coded failure.
 */
export async function launchAgent(spec: AgentSpec, options: LaunchOptions): Promise<AgentState> {
  const client = new AgentClient(spec.socket)
  const running = await client.state()
  if (running && running.spec.programs !== spec.programs) await stopAgent(spec, options.signal)
  else if (running) {
    await client.apply(spec)
    return settle(client, options)
  }
  await start(spec, options.signal)
  return settle(client, options)
}

/** Ends an agent and all it runs; one that is gone already is fine. */
export async function stopAgent({ directory, socket }: Pick<AgentSpec, "directory" | "socket">, signal: AbortSignal): Promise<void> {
  const lockFile = join(directory, "agent.lock")
  if (!lockHolder(lockFile)) return
  await new AgentClient(socket).stop().catch(() => {
    // A frozen or broken agent hears no request; its signal handler does the same.
    const holder = lockHolder(lockFile)
    if (holder) process.kill(holder.pid, "SIGTERM")
  })
  await untilTrue(undefined, () => !lockHolder(lockFile), signal)
}

async function start(spec: AgentSpec, signal: AbortSignal): Promise<void> {
  mkdirSync(spec.directory, { recursive: true, mode: 0o711 })
  await writeDurably(join(spec.directory, "spec.json"), JSON.stringify(spec))
  const log = openLog(join(spec.directory, "logs", "agent.log"))
  const child = spawn(process.execPath, ["--enable-source-maps", agentProgram("agent"), spec.directory], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    env: detachedEnvironment({ NODE_ENV: "production", ...stateVariables() }),
  })
  log.close()
  let ended: string | undefined
  child.once("error", error => (ended = error.message))
  child.once("exit", (code, name) => (ended = `it ended with ${name ?? code}`))
  child.unref()
  const client = new AgentClient(spec.socket)
  const patience = AbortSignal.any([signal, AbortSignal.timeout(answerDeadline)])
  await untilTrue(undefined, async () => ended !== undefined || (await client.state(1_000)) !== undefined, patience).catch(() => undefined)
  if (ended !== undefined || !(await client.state())) {
    const log = join(spec.directory, "logs", "agent.log")
    throw new ChatopsError("AGENT_FAILED", `the supervisor in ${spec.directory} did not start: ${ended ?? "no answer"} (log: ${log})`)
  }
}

function stateVariables(): Record<string, string> {
  const names = ["CHATOPS_STATE", "CHATOPS_CACHE", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"]
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function settle(client: AgentClient, { signal, onPhase }: LaunchOptions): Promise<AgentState> {
  let phase: string | undefined
  for await (const state of client.changes(signal)) {
    if (state.phase !== phase) onPhase?.(state.phase)
    phase = state.phase
    if (state.failure) throw agentFailure(state)
    if (state.settled) return state
  }
  throw new ChatopsError("AGENT_FAILED", `the supervisor ended while it was ${phase ?? "starting"}`)
}

function agentFailure({ failure, spec }: AgentState): ChatopsError {
  const code = failure && failure.code in catalog ? (failure.code as ErrorCode) : "AGENT_FAILED"
  return new ChatopsError(code, `${failure?.message} (logs: ${join(spec.directory, "logs")})`)
}
