import { type ChildProcess, spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import type { ProcessMessage } from "@chatops/runtime/contract"
import { identify, type ProcessIdentity, signal } from "../../../process/process-identity.ts"
import { openLog } from "./process-log.ts"
import type { AgentFailure, ProcessState } from "./state.ts"

export interface ProcessPlan {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly logFile: string
  /** Ends it; the default lets answers finish. */
  readonly stopSignal?: NodeJS.Signals
  /** How long it may take to end before it is killed, in milliseconds. */
  readonly stopDeadline: number
  /** Other user to run as; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Whoever runs it decides what happens when it ends; the default starts it again. */
  readonly onEnd?: () => void
  /** A child that has no readiness of its own is ready once it listens. */
  readonly readyWhenListening?: boolean
  /** Absent: the child tells over IPC. PostgreSQL speaks no IPC and has its own way. */
  readonly awaitReady?: (signal: AbortSignal) => Promise<void>
}

const firstBackoff = 100
const longestBackoff = 5_000
const steadyAfter = 10_000

/**
 * Runs one child and starts it again when it ends unasked, ever later up to five seconds.
 * Events: `change` on every change of state, `spawned` with the child's identity.
 */
export class SupervisedProcess extends EventEmitter<{ change: []; spawned: [ProcessIdentity] }> {
  readonly plan: ProcessPlan
  #child: ChildProcess | undefined
  #identity: ProcessIdentity | undefined
  #status: ProcessState["status"] = "stopped"
  #ready = false
  #reasons: readonly string[] = []
  #restarts = 0
  #failure: AgentFailure | null = null
  #backoff = firstBackoff
  #retry: NodeJS.Timeout | undefined
  #wanted = false
  #awaiting = new AbortController()

  constructor(plan: ProcessPlan) {
    super()
    this.plan = plan
  }

  get state(): ProcessState {
    return {
      name: this.plan.name,
      status: this.#status,
      ready: this.#ready,
      reasons: this.#reasons,
      pid: this.#child?.pid ?? null,
      restarts: this.#restarts,
    }
  }

  /** Why it cannot run at all, if it said so. */
  get failure(): AgentFailure | null {
    return this.#failure
  }

  get identity(): ProcessIdentity | undefined {
    return this.#identity
  }

  start(): void {
    this.#wanted = true
    this.#failure = null
    if (this.#child || this.#retry) return
    this.#spawn()
  }

  async stop(): Promise<void> {
    this.#wanted = false
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#awaiting.abort()
    const child = this.#child
    if (child) {
      const exited = once(child, "exit")
      child.kill(this.plan.stopSignal ?? "SIGTERM")
      const lastResort = setTimeout(() => child.kill("SIGKILL"), this.plan.stopDeadline)
      await exited
      clearTimeout(lastResort)
    }
    this.#set("stopped", false, [])
  }

  /** Sends a signal to the child as it is now. */
  kill(name: NodeJS.Signals): boolean {
    return this.#identity ? signal(this.#identity, name) : false
  }

  #spawn(): void {
    const { command, args, environment, logFile, user, awaitReady } = this.plan
    this.#retry = undefined
    const log = openLog(logFile)
    const child = spawn(command, [...args], {
      env: environment,
      stdio: awaitReady ? ["ignore", log.fd, log.fd] : ["ignore", log.fd, log.fd, "ipc"],
      ...(user && { uid: user.uid, gid: user.gid }),
    })
    log.close()
    this.#child = child
    const startedAt = performance.now()
    child.once("error", error => this.#fail({ code: "PROCESS_FAILED", message: `${this.plan.name}: ${error.message}` }))
    child.once("exit", (code, signalName) => this.#exited(child, performance.now() - startedAt, code, signalName))
    child.on("message", (message: ProcessMessage) => this.#told(message))
    this.#identity = child.pid === undefined ? undefined : identify(child.pid)
    this.#set("starting", false, ["starting"])
    if (this.#identity) this.emit("spawned", this.#identity)
    if (awaitReady) this.#await(awaitReady)
  }

  #await(awaitReady: (signal: AbortSignal) => Promise<void>): void {
    this.#awaiting = new AbortController()
    const { signal } = this.#awaiting
    awaitReady(signal).then(
      () => !signal.aborted && this.#set("running", true, []),
      error => !signal.aborted && this.#set("starting", false, [(error as Error).message]),
    )
  }

  #told(message: ProcessMessage): void {
    if (message.type === "fatal") this.#failure = { code: message.code, message: `${this.plan.name}: ${message.message}` }
    if (message.type === "listening") {
      const ready = this.plan.readyWhenListening ?? this.#ready
      this.#set("running", ready, ready ? [] : this.#reasons)
    }
    if (message.type === "readiness") this.#set("running", message.ready, message.reasons)
  }

  #exited(child: ChildProcess, lived: number, code: number | null, signalName: string | null): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#identity = undefined
    this.#awaiting.abort()
    if (!this.#wanted) return
    if (this.#failure) return this.#fail(this.#failure)
    this.#restarts++
    if (this.plan.onEnd) {
      this.#set("stopped", false, [`ended with ${signalName ?? code}`])
      return this.plan.onEnd()
    }
    if (lived > steadyAfter) this.#backoff = firstBackoff
    this.#set("waiting", false, [`ended with ${signalName ?? code}, starts again in ${this.#backoff} ms`])
    this.#retry = setTimeout(() => this.#spawn(), this.#backoff)
    this.#backoff = Math.min(this.#backoff * 2, longestBackoff)
  }

  #fail(failure: AgentFailure): void {
    this.#failure = failure
    this.#child = undefined
    this.#set("failed", false, [failure.message])
  }

  #set(status: ProcessState["status"], ready: boolean, reasons: readonly string[]): void {
    this.#status = status
    this.#ready = ready
    this.#reasons = reasons
    this.emit("change")
  }
}
