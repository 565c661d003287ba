import type { ChildProcess } from "node:child_process"
import { EventEmitter } from "node:events"
import type { ProcessMessage } from "@chatops/runtime/contract"
import { identify, type ProcessIdentity, signal } from "../../../process/process-identity.ts"
import { explainPort } from "./port-owner.ts"
import { giveShare } from "./processor-share.ts"
import { spawnLogged } from "./spawn-logged.ts"
import { type AgentFailure, agentFailure, type ProcessState } from "./state.ts"

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
  /**
   * Milliseconds for which it takes, until it is ready, of busy processors little more than others leave: while a region
   * begins, those that serve and its database go first.
   */
  readonly yields?: number
  /** Absent: the child tells over IPC. PostgreSQL speaks no IPC and has its own way. */
  readonly awaitReady?: (signal: AbortSignal) => Promise<void>
}

/** Pauses before a child that ended is started again, in milliseconds. */
export interface Backoff {
  readonly first: number
  readonly longest: number
  /** One that lived this long begins again with the first pause. */
  readonly steadyAfter: number
}

const usualBackoff: Backoff = { first: 100, longest: 5_000, steadyAfter: 10_000 }

/** So many ends in a row before it was ready are shown as a failure; it is started again all the same. */
const unreadyEndsLimit = 5

/**
 * Runs one child and starts it again when it ends unasked, ever later up to five seconds.
 * Events: `change` on every change of state, `spawned` with the child's identity.
 */
export class SupervisedProcess extends EventEmitter<{ change: []; spawned: [ProcessIdentity] }> {
  readonly plan: ProcessPlan
  readonly #backoff: Backoff
  #pause: number
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #identity: ProcessIdentity | undefined
  #status: ProcessState["status"] = "stopped"
  #ready = false
  #reasons: readonly string[] = []
  #restarts = 0
  /** Why it cannot start, in its own words; it is tried again at the longest pause. */
  #fatal: AgentFailure | null = null
  /** What is said of one that keeps ending before it is ready. */
  #unsteady: AgentFailure | null = null
  #unreadyEnds = 0
  #retry: NodeJS.Timeout | undefined
  #wanted = false
  #awaiting = new AbortController()
  /** Takes its full share of the processors from now on. */
  #unyield: () => void = () => undefined

  constructor(plan: ProcessPlan, backoff = usualBackoff) {
    super()
    this.plan = plan
    this.#backoff = backoff
    this.#pause = backoff.first
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

  /** Why it does not run, until it does. It goes on being tried. */
  get failure(): AgentFailure | null {
    return this.#fatal ?? this.#unsteady
  }

  get identity(): ProcessIdentity | undefined {
    return this.#identity
  }

  /**
   * Forgets an old failure: what it complained about may have been mended. One that cannot run waits for `start`, which
   * then tries at once: with the old plan it would only complain again.
   */
  forgive(): void {
    this.#fatal = null
    this.#steady()
    if (this.#status !== "failed") return
    clearTimeout(this.#retry)
    this.#retry = undefined
  }

  start(): void {
    this.#wanted = true
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
      child.kill(this.plan.stopSignal ?? "SIGTERM")
      const lastResort = setTimeout(() => child.kill("SIGKILL"), this.plan.stopDeadline)
      await this.#ended
      clearTimeout(lastResort)
    }
    if (!this.#wanted) this.#set("stopped", false, [])
  }

  /** Sends a signal to the child as it is now. */
  kill(name: NodeJS.Signals): boolean {
    return this.#identity ? signal(this.#identity, name) : false
  }

  #spawn(): void {
    this.#retry = undefined
    const child = this.#makeChild()
    if (!child) return
    this.#child = child
    const startedAt = performance.now()
    this.#ended = new Promise(resolve => {
      child.once("error", error => {
        if (child.pid !== undefined) return
        this.#fail({ code: "PROCESS_FAILED", message: `${this.plan.name}: ${error.message}` })
        resolve()
      })
      // `close` comes after `exit`, when the last message has been read as well.
      child.once("close", (code, signalName) => {
        this.#exited(child, performance.now() - startedAt, signalName ?? code)
        resolve()
      })
    })
    child.on("message", (message: ProcessMessage) => this.#child === child && this.#told(message))
    this.#identity = child.pid === undefined ? undefined : identify(child.pid)
    if (this.plan.yields !== undefined) this.#yield(child, this.plan.yields)
    this.#set("starting", false, ["starting"])
    if (this.#identity) this.emit("spawned", this.#identity)
    if (this.plan.awaitReady) this.#await(this.plan.awaitReady)
  }

  /** Without a log (a full disk, most often) there is no child, but there will be another try. */
  #makeChild(): ChildProcess | undefined {
    try {
      return spawnLogged(this.plan)
    } catch (error) {
      this.#endedUnready(`could not be started: ${(error as Error).message}`, agentFailure(error).code)
      this.#again(`could not be started: ${(error as Error).message}`)
      return undefined
    }
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
    if (message.type === "fatal") {
      const text = `${this.plan.name}: ${message.message}`
      this.#fatal = { code: message.code, message: message.code === "PORT_TAKEN" ? explainPort(text) : text }
    }
    if (message.type === "listening") {
      this.#fatal = null
      const ready = this.plan.readyWhenListening ?? this.#ready
      this.#set("running", ready, ready ? [] : this.#reasons)
    }
    if (message.type === "readiness") this.#set("running", message.ready, message.reasons)
  }

  #exited(child: ChildProcess, lived: number, how: NodeJS.Signals | number | null): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#identity = undefined
    this.#awaiting.abort()
    if (!this.#wanted) return
    if (this.#fatal) this.#fail(this.#fatal)
    else this.#endedUnasked(lived, how)
  }

  #endedUnasked(lived: number, how: NodeJS.Signals | number | null): void {
    this.#restarts++
    if (this.plan.onEnd) {
      this.#set("stopped", false, [`ended with ${how}`])
      this.plan.onEnd()
    } else {
      if (lived > this.#backoff.steadyAfter) this.#pause = this.#backoff.first
      this.#endedUnready(`ended with ${how}`, "PROCESS_FAILED")
      this.#again(`ended with ${how}`)
    }
  }

  #again(reason: string): void {
    this.#set("waiting", false, [`${reason}, starts again in ${this.#pause} ms`])
    this.#retry = setTimeout(() => this.#spawn(), this.#pause)
    this.#pause = Math.min(this.#pause * 2, this.#backoff.longest)
  }

  /** Counted from the last time that it was ready. */
  #endedUnready(how: string, code: string): void {
    if (++this.#unreadyEnds < unreadyEndsLimit) return
    const { name, logFile } = this.plan
    const times = `${this.#unreadyEnds} times in a row`
    const known = code === "AGENT_FAILED" ? "PROCESS_FAILED" : code
    this.#unsteady = { code: known, message: `${name} did not get ready ${times}: it ${how} (log: ${logFile})` }
  }

  #steady(): void {
    this.#unreadyEnds = 0
    this.#unsteady = null
  }

  #fail(failure: AgentFailure): void {
    this.#fatal = failure
    this.#child = undefined
    this.#set("failed", false, [failure.message])
    if (this.#wanted) this.#retry = setTimeout(() => this.#spawn(), this.#backoff.longest)
  }

  #set(status: ProcessState["status"], ready: boolean, reasons: readonly string[]): void {
    this.#status = status
    this.#ready = ready
    this.#reasons = reasons
    if (ready) {
      this.#fatal = null
      this.#steady()
      this.#unyield()
    }
    this.emit("change")
  }

  #yield(child: ChildProcess, longest: number): void {
    let isOver = false
    const lowered = giveShare(child, "little", () => !isOver)
    this.#unyield = () => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      void lowered.then(wasLowered => wasLowered && giveShare(child, "full"))
    }
    const timer = setTimeout(this.#unyield, longest).unref()
  }
}
