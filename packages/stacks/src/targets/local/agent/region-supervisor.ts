import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { Register } from "@chatops/runtime/contract"
import { type Event, looksAgain, type Supervisor, type Task } from "../../../failover/protocol/supervisor.ts"
import { transition } from "../../../failover/protocol/transition.ts"
import type { LocalData } from "../../../failover/start-decision.ts"
import type { Witness } from "../../../failover/witness.ts"
import type { DatabaseTasks } from "./database-tasks.ts"
import { LeaseKeeper } from "./lease-keeper.ts"
import { OwnStreamWatch } from "./own-stream-watch.ts"
import { watchPolicy } from "./policy-watch.ts"
import type { PolicyWish } from "./policy-wish.ts"
import { StandbyWatch } from "./standby-watch.ts"
import type { SupervisorMemory } from "./supervisor-memory.ts"
import { WitnessTalk } from "./witness-talk.ts"

/** In milliseconds. */
export interface SupervisorTiming {
  /** How often one that rests looks at the register. */
  readonly look: number
  /** How often a primary looks who streams. */
  readonly watch: number
  /** How long a standby in sync may be away before it counts as lost. */
  readonly loss: number
  /** After a failure, before the next try; twice that after the next, and so on up to `longest`. */
  readonly again: number
  readonly longest: number
}

const usualTiming: SupervisorTiming = { look: 500, watch: 100, loss: 1_000, again: 50, longest: 500 }

export interface SupervisorParts {
  readonly self: string
  readonly peers: readonly string[]
  readonly tasks: Pick<DatabaseTasks, "data" | "carryOut" | "streaming" | "divergence" | "renewLease">
  readonly witness: Witness
  /** What people want the register to promise, as long as it is not told yet. */
  readonly policy: Pick<PolicyWish, "pending" | "settle">
  /** The primary's place is about to be left: under `async`, too, somebody is brought into sync for that. */
  readonly isLeaving?: () => boolean
  readonly memory: Pick<SupervisorMemory, "read" | "write">
  readonly onChange: (state: Supervisor, before: Supervisor) => void
  /** What came of a task, of asking the witness, of remembering: an error, or nothing. What failed is tried again. */
  readonly onOutcome: (what: Task["task"] | "witness" | "memory", error?: Error) => void
  /** It cannot go on, and does nothing more. */
  readonly onBroken: (error: Error) => void
  readonly timing?: SupervisorTiming
}

interface Doing {
  readonly task: Task
  readonly abort: AbortController
}

/**
 * Runs the protocol's state machine for one region: makes true what its state asks for, a task of the database and a
 * read and a write of the register at a time, and tells it what came of them, one event after the other.
 */
export class RegionSupervisor {
  readonly #parts: SupervisorParts
  readonly #timing: SupervisorTiming
  readonly #stop = new AbortController()
  readonly #lease: LeaseKeeper
  readonly #witness: WitnessTalk
  #state: Supervisor
  #events: Promise<void> = Promise.resolve()
  #doing: Doing | undefined
  #lastTask: Promise<void> = Promise.resolve()
  /** Failed tasks in a row. */
  #failures = 0

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    this.#timing = parts.timing ?? usualTiming
    this.#witness = new WitnessTalk({
      supervisor: this,
      witness: parts.witness,
      dataAtRest: () => this.#dataAtRest(),
      onOutcome: error => parts.onOutcome("witness", error),
      again: this.#timing.again,
      signal: this.#stop.signal,
    })
    this.#lease = new LeaseKeeper({
      read: (signal, patience) => this.readWhileLeading(signal, patience),
      renew: () => parts.tasks.renewLease(),
      onEnded: () => this.tell({ event: "lease-ended" }),
    })
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

  get witnessAnswers(): boolean {
    return this.#witness.answers
  }

  /** Null: it was not asked yet. */
  get reachesWitness(): boolean | null {
    return this.#witness.isReached
  }

  async start(): Promise<void> {
    this.#state = { ...this.#state, seen: await this.#parts.memory.read() }
    this.tell({ event: "begun", data: await this.#parts.tasks.data() })
    void this.#every(this.#timing.look, () => this.#lookAgain())
    this.#beginWatches()
  }

  #beginWatches(): void {
    const { tasks, peers, isLeaving, policy } = this.#parts
    const { watch, loss, look } = this.#timing
    const parts = { supervisor: this, tasks, peers, loss, patience: look, ...(isLeaving && { isLeaving }) }
    const standbys = new StandbyWatch(parts)
    const ownStream = new OwnStreamWatch({ supervisor: this, tasks, every: loss })
    void this.#every(watch, async () => {
      await watchPolicy(this, policy, standbys.holdsUpBarrier)
      await standbys.look(this.#stop.signal)
    })
    // A primary that is cut off holds up whoever asks it; who takes its place must not wait for that.
    void this.#every(watch, () => ownStream.look())
  }

  /** Events are heard in the order in which they are told. */
  tell(event: Event): void {
    void this.tellWhile(() => true, event)
  }

  /** Resolves once it was heard, or with false when it was overtaken: what it is about is not asked for any more. */
  tellWhile(wanted: () => boolean, event: Event): Promise<boolean> {
    const heard = this.#events.then(async () => {
      if (this.#stop.signal.aborted || !wanted()) return false
      await this.#hear(event)
      return true
    })
    this.#events = heard.then(
      () => undefined,
      (error: Error) => {
        if (this.#stop.signal.aborted) return
        this.#stop.abort(error)
        this.#parts.onBroken(error)
      },
    )
    return heard.catch(() => false)
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopping"))
    this.#lease.stop()
    this.#doing?.abort.abort(new Error("stopping"))
    await Promise.all([this.#events, this.#lastTask])
  }

  async #hear(event: Event): Promise<void> {
    const next = transition(this.#state, event, randomUUID())
    // What was seen is on disk before anything is done about it.
    if (!isDeepStrictEqual(next.seen, this.#state.seen)) await this.#remember(next.seen)
    this.#stop.signal.throwIfAborted()
    // What has come to its end may be wanted again, as the very same task.
    if (event.event === "done" || event.event === "failed") this.#doing = undefined
    const before = this.#state
    this.#state = next
    this.#lease.notice(next)
    this.#parts.onChange(next, before)
    this.#makeTrue()
  }

  /** A disk that is full now may not be later. Until then nothing is done with what is not remembered (rule 8). */
  async #remember(seen: Supervisor["seen"]): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        await this.#parts.memory.write(seen)
        return this.#parts.onOutcome("memory")
      } catch (error) {
        this.#parts.onOutcome("memory", error as Error)
        await this.#pause(this.#stop.signal, failures)
      }
    }
  }

  #makeTrue(): void {
    const { task } = this.#state
    if (task !== (this.#doing?.task ?? null)) {
      this.#doing?.abort.abort(new Error("something else is to be done"))
      this.#doing = task === null ? undefined : { task, abort: new AbortController() }
      if (this.#doing !== undefined) void this.#carryOut(this.#doing)
    }
    this.#witness.makeTrue()
  }

  /** One after the other: what was given up may still be at work, and must not come after what took its place. */
  async #carryOut({ task, abort }: Doing): Promise<void> {
    const before = this.#lastTask
    const { promise, resolve: ended } = Promise.withResolvers<void>()
    this.#lastTask = promise
    await before
    const outcome = await this.#outcomeOf(task, abort.signal).finally(ended)
    await this.tellWhile(() => this.#state.task === task && !abort.signal.aborted, outcome)
  }

  async #outcomeOf(task: Task, signal: AbortSignal): Promise<Event> {
    const { tasks } = this.#parts
    const data = () => tasks.data().catch(() => this.#state.data)
    try {
      signal.throwIfAborted()
      const position = await tasks.carryOut(task, this.#state.register, signal)
      this.#failures = 0
      this.#parts.onOutcome(task.task)
      return { event: "done", data: await data(), ...(position !== undefined && { position }) }
    } catch (error) {
      if (!signal.aborted) {
        this.#parts.onOutcome(task.task, error as Error)
        await this.#pause(signal, this.#failures++)
      }
      return { event: "failed", data: await data() }
    }
  }

  /** Reads the register, and tells of what is news. Undefined when there is no answer within so many milliseconds. */
  readWhileLeading(signal: AbortSignal, patience: number): Promise<Register | undefined> {
    return this.#witness.readWhileLeading(signal, patience)
  }

  /** What is on the disk once nothing is at work on it: what was given up may have got far. */
  async #dataAtRest(): Promise<LocalData> {
    await this.#lastTask
    return this.#parts.tasks.data().catch(() => this.#state.data)
  }

  #pause(signal: AbortSignal, failures: number): Promise<void> {
    const { again, longest } = this.#timing
    return delay(Math.min(again * 2 ** failures, longest), undefined, { signal }).catch(() => undefined)
  }

  /** Somebody else may have written, or the register may have gone back. */
  async #lookAgain(): Promise<void> {
    const { phase } = this.#state
    if (looksAgain(phase)) await this.#witness.look(() => this.#state.phase.at === phase.at)
  }

  async #every(pause: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await work().catch(() => undefined)
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }
}
