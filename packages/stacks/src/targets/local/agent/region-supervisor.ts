import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { RegionIncarnation } from "@chatops/runtime/contract"
import type { Event, PendingWrite, Supervisor, Task } from "../../../failover/protocol/supervisor.ts"
import { transition } from "../../../failover/protocol/transition.ts"
import type { SupervisedRegister } from "../../../failover/witness.ts"
import type { DatabaseTasks } from "./database-tasks.ts"
import type { SupervisorMemory } from "./supervisor-memory.ts"

/** In milliseconds. */
export interface SupervisorTiming {
  /** How often one that rests looks at the register. */
  readonly look: number
  /** How often a primary looks who streams. */
  readonly watch: number
  /** How long a standby in sync may be away before it counts as lost. */
  readonly loss: number
  /** After a failure, before the next try. */
  readonly again: number
}

const usualTiming: SupervisorTiming = { look: 500, watch: 100, loss: 2_000, again: 100 }

export interface SupervisorParts {
  readonly self: string
  readonly peers: readonly string[]
  readonly tasks: DatabaseTasks
  readonly witness: SupervisedRegister
  readonly memory: SupervisorMemory
  readonly onChange: (state: Supervisor) => void
  readonly timing?: SupervisorTiming
}

/**
 * Runs the protocol's state machine for one region: makes true what its state asks for, a task of the database and a
 * read and a write of the register at a time, and tells it what came of them, one event after the other.
 */
export class RegionSupervisor {
  readonly #parts: SupervisorParts
  readonly #timing: SupervisorTiming
  readonly #stop = new AbortController()
  #state: Supervisor
  #events: Promise<void> = Promise.resolve()
  #doing: { readonly task: Task; readonly abort: AbortController } | undefined
  #writing: PendingWrite | undefined
  #reading = false
  /** When replication was last seen to be well, or last looked into. */
  #lastWell = performance.now()

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    this.#timing = parts.timing ?? usualTiming
    this.#state = {
      self: parts.self,
      phase: { at: "starting" },
      data: { kind: "none" },
      register: null,
      seen: { epoch: 0, version: 0 },
      task: null,
      pending: null,
      reading: false,
    }
  }

  get state(): Supervisor {
    return this.#state
  }

  async start(): Promise<void> {
    this.#state = { ...this.#state, seen: await this.#parts.memory.read() }
    this.tell({ event: "begun", data: await this.#parts.tasks.data() })
    void this.#every(this.#timing.look, () => this.#look())
    void this.#every(this.#timing.watch, () => this.#watch())
  }

  /** Events are heard in the order in which they are told. */
  tell(event: Event): void {
    this.#events = this.#events.then(() => this.#hear(event)).catch(() => this.#stop.abort())
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopping"))
    this.#doing?.abort.abort(new Error("stopping"))
    await this.#events
  }

  async #hear(event: Event): Promise<void> {
    if (this.#stop.signal.aborted) return
    const next = transition(this.#state, event, randomUUID())
    // What was seen is on disk before anything is done about it.
    if (!isDeepStrictEqual(next.seen, this.#state.seen)) await this.#parts.memory.write(next.seen)
    this.#state = next
    this.#parts.onChange(next)
    this.#makeTrue()
  }

  #makeTrue(): void {
    const { task, pending, reading } = this.#state
    if (task !== (this.#doing?.task ?? null)) {
      this.#doing?.abort.abort(new Error("something else is to be done"))
      this.#doing = undefined
      if (task !== null) void this.#carryOut(task)
    }
    if (pending !== null && pending !== this.#writing) void this.#write(pending)
    if (reading && !this.#reading) void this.#read()
  }

  async #carryOut(task: Task): Promise<void> {
    const abort = new AbortController()
    this.#doing = { task, abort }
    const { tasks } = this.#parts
    const outcome = await tasks.carryOut(task, this.#state.register, abort.signal).then(
      position => ({ event: "done" as const, ...(position !== undefined && { position }) }),
      () => ({ event: "failed" as const }),
    )
    if (outcome.event === "failed") await delay(this.#timing.again, undefined, { signal: abort.signal }).catch(() => {})
    const data = await tasks.data().catch(() => this.#state.data)
    // What was asked for since then has taken its place.
    if (abort.signal.aborted || this.#doing?.task !== task) return
    this.#doing = undefined
    this.tell({ ...outcome, data })
  }

  /** The same write until its outcome is known (rule 7), or until nobody asks for it any more. */
  async #write(pending: PendingWrite): Promise<void> {
    this.#writing = pending
    while (this.#state.pending === pending && !this.#stop.signal.aborted) {
      const register = await this.#parts.witness.settle(pending, this.#stop.signal)
      if (this.#state.pending !== pending) return
      if (register !== undefined)
        return this.tell({ event: register.nonce === pending.next.nonce ? "written" : "refused", register })
      this.tell({ event: "unanswered" })
      await delay(this.#timing.again, undefined, { signal: this.#stop.signal }).catch(() => {})
    }
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      while (this.#state.reading && !this.#stop.signal.aborted) {
        const register = await this.#parts.witness.read(this.#stop.signal)
        if (register !== undefined) return this.tell({ event: "read", register })
        await delay(this.#timing.again, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    } finally {
      this.#reading = false
    }
  }

  /** Somebody else may have written, or the register may have gone back. */
  async #look(): Promise<void> {
    const { phase, register } = this.#state
    if (phase.at !== "following" && phase.at !== "leading" && phase.at !== "stuck") return
    const found = await this.#parts.witness.read(this.#stop.signal)
    if (found !== undefined && found.version !== register?.version) this.tell({ event: "read", register: found })
  }

  async #watch(): Promise<void> {
    await (this.#state.phase.at === "following" ? this.#watchOwn() : this.#watchStandbys())
  }

  /** A standby that does not stream for long may be one that never will. */
  async #watchOwn(): Promise<void> {
    const { register } = this.#state
    if (register === null || performance.now() - this.#lastWell < this.#timing.loss) return
    this.#lastWell = performance.now()
    if (await this.#parts.tasks.divergence(register.primary)) this.tell({ event: "diverged" })
  }

  /** A primary looks who could be in sync, and whether who is still streams. */
  async #watchStandbys(): Promise<void> {
    const { phase, register, task } = this.#state
    if (phase.at !== "leading" || phase.door === "starting") return
    const streams = await this.#parts.tasks.streaming(this.#parts.peers)
    const inSync = register?.inSync ?? null
    const has = (wanted: RegionIncarnation) => streams.some(standby => isDeepStrictEqual(standby, wanted))
    const wanted = phase.change?.change === "join" ? phase.change.joiner : inSync
    if (wanted === null || has(wanted)) this.#lastWell = performance.now()
    else if (performance.now() - this.#lastWell > this.#timing.loss) this.tell({ event: "standby-lost" })
    const [candidate] = streams
    if (inSync === null && phase.change === null && task === null && candidate)
      this.tell({ event: "standby-streams", standby: candidate })
  }

  async #every(pause: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await work().catch(() => undefined)
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }
}
