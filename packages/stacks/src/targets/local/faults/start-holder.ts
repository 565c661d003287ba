import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { dirname, join } from "node:path"
import { programFingerprints } from "../../../build-info.ts"
import { catalog, type ErrorCode } from "../../../errors/catalog.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { detachedEnvironment, stateVariables } from "../../../process/environment-variables.ts"
import type { ActiveFault } from "../../../target.ts"
import { keepPrograms } from "../agent/keep-programs.ts"
import { lastingNode } from "../agent/lasting-node.ts"
import { openLog } from "../agent/process-log.ts"
import { programStore, storedProgram } from "../agent/program-store.ts"
import type { HoldRequest } from "./hold-fault.ts"
import type { HolderMessage } from "./holder-message.ts"

const program = "fault-holder"

/** Has a fault made by a process of its own, which outlives this one. Resolves once it is in effect; throws what it says. */
export async function startHolder(wanted: Omit<HoldRequest, "id">, signal: AbortSignal): Promise<ActiveFault> {
  signal.throwIfAborted()
  const request: HoldRequest = { id: randomBytes(4).toString("hex"), ...wanted }
  const bundles = programFingerprints([program])
  const store = programStore()
  await keepPrograms(store, bundles)
  const node = await lastingNode(dirname(store))
  const logFile = join(request.directories.state, "faults", "holders.log")
  const log = openLog(logFile)
  const args = ["--enable-source-maps", storedProgram(store, program, bundles[program]), JSON.stringify(request)]
  const holder = spawn(node, args, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    env: detachedEnvironment({ NODE_ENV: "production", ...stateVariables() }),
  })
  log.close()
  const giveUp = () => void holder.kill("SIGTERM")
  signal.addEventListener("abort", giveUp, { once: true })
  try {
    const message = await answerOf(holder, logFile).finally(() => signal.throwIfAborted())
    if (message.type === "failed") throw refusal(message)
    const { madeAt, healsAt } = message
    return { id: request.id, fault: request.fault, madeAt, healsAt }
  } finally {
    signal.removeEventListener("abort", giveUp)
    if (holder.connected) holder.disconnect()
    holder.unref()
  }
}

function answerOf(holder: ChildProcess, logFile: string): Promise<HolderMessage> {
  return new Promise((resolve, reject) => {
    const failed = (how: string, cause?: unknown) =>
      reject(new ChatopsError("AGENT_FAILED", `the fault's holder ${how} (log: ${logFile})`, { cause }))
    holder.once("message", message => resolve(message as HolderMessage))
    holder.once("error", error => failed(error.message, error))
    // Comes after the last message.
    holder.once("close", (code, name) => failed(`ended with ${name ?? code}`))
  })
}

function refusal({ code, message }: Extract<HolderMessage, { type: "failed" }>): ChatopsError {
  return new ChatopsError(code in catalog ? (code as ErrorCode) : "AGENT_FAILED", message)
}
