import type { Register } from "@chatops/runtime/contract"
import { type Event, looksAgain, type PendingWrite, type Supervisor } from "../../protocol/supervisor.ts"
import { transition } from "../../protocol/transition.ts"
import { goneBackWith } from "../model/invariants.ts"
import { dataOf } from "../model/task-moves.ts"
import { databaseOf, supervisorOf } from "../model/world.ts"
import type { Stage } from "./stage.ts"
import { VirtualLeaseKeeper } from "./virtual-lease-keeper.ts"
import type { VirtualPostgres } from "./virtual-postgres.ts"
import { VirtualTasks } from "./virtual-tasks.ts"
import type { VirtualWitness } from "./virtual-witness.ts"

/** In milliseconds, as in the agent's `region-supervisor.ts`. */
const lookEvery = 500
const again = 50

/** Runs the protocol's state machine for one region, as the agent does, in virtual time. */
export class VirtualSupervisor {
  readonly region: string
  readonly #stage: Stage
  readonly #witness: VirtualWitness
  readonly #tasks: VirtualTasks
  readonly #keeper: VirtualLeaseKeeper
  #life = {}
  #nonces = 0
  #writing: PendingWrite | null = null
  #reading = false

  constructor(stage: Stage, database: VirtualPostgres, witness: VirtualWitness) {
    this.#stage = stage
    this.region = database.region
    this.#witness = witness
    this.#tasks = new VirtualTasks(stage, database, { state: () => this.state, tell: event => this.tell(event) })
    this.#keeper = new VirtualLeaseKeeper(stage, database, {
      read: heard => this.#readWhileLeading(heard),
      onEnded: () => this.tell({ event: "lease-ended" }),
    })
  }

  get state(): Supervisor {
    return supervisorOf(this.#stage.world, this.region)
  }

  get owner(): string {
    return `${this.region}/supervisor`
  }

  start(): void {
    this.#makeTrue()
    this.#lookAgain()
  }

  /** Its process died, and begins again: only what is on the disk is left. */
  restart(): void {
    this.#life = {}
    this.#writing = null
    this.#reading = false
    this.#keeper.stop()
    this.tell({ event: "begun", data: dataOf(databaseOf(this.#stage.world, this.region)) })
  }

  tell(event: Event): void {
    const before = this.state
    const after = transition(before, event, `${this.region}.${++this.#nonces}`)
    if (after === before) return
    const { world } = this.#stage
    const wrong = goneBackWith(before, event, after)
    if (wrong !== undefined) this.#stage.violate(wrong)
    if (phaseOf(before) !== phaseOf(after))
      this.#stage.note(() => `${this.region}: hears ${event.event}, is ${phaseOf(after)}`)
    this.#stage.change({ ...world, supervisors: { ...world.supervisors, [this.region]: after } })
    this.#makeTrue()
  }

  #makeTrue(): void {
    this.#keeper.notice(this.state)
    this.#tasks.notice()
    const { pending, reading } = this.state
    if (pending === null) this.#writing = null
    else if (pending !== this.#writing) {
      this.#writing = pending
      this.#write(pending)
    }
    if (reading && !this.#reading) this.#read()
  }

  /** The same write until its outcome is known (rule 7). */
  #write(pending: PendingWrite): void {
    const { seen } = this.state
    this.#ask(pending, register => {
      if (this.state.pending !== pending) return
      if (register === undefined) this.tell({ event: "unanswered" })
      else if (!this.#isOvertaken(register, seen))
        return this.tell({ event: register.nonce === pending.next.nonce ? "written" : "refused", register })
      this.#whileAlive(again, () => (this.state.pending === pending ? this.#write(pending) : undefined))
    })
  }

  #read(): void {
    const { seen, phase } = this.state
    this.#reading = true
    this.#ask(undefined, register => {
      this.#reading = false
      if (!this.state.reading) return
      if (register !== undefined && !this.#isOvertaken(register, seen)) {
        const data = dataOf(databaseOf(this.#stage.world, this.region))
        return this.tell({ event: "read", register, ...(phase.at === "starting" && { data }) })
      }
      this.#reading = true
      this.#whileAlive(again, () => {
        this.#reading = false
        if (this.state.reading) this.#read()
      })
    })
  }

  /** One that rests looks at the register again and again. */
  #lookAgain(): void {
    const next = () => this.#stage.timer(lookEvery, this.owner, () => this.#lookAgain())
    const { seen, phase } = this.state
    if (!looksAgain(phase)) return void next()
    this.#witness.ask({
      region: this.region,
      heard: register => {
        next()
        if (register === undefined || register.version === this.state.register?.version) return
        if (this.state.phase.at === phase.at && !this.#isOvertaken(register, seen))
          this.tell({ event: "read", register })
      },
    })
  }

  #readWhileLeading(heard: (register: Register | undefined) => void): void {
    const { seen, register: known } = this.state
    this.#ask(undefined, register => {
      const isNews = register !== undefined && register.version !== known?.version
      if (isNews && this.state.phase.at === "leading" && !this.#isOvertaken(register, seen))
        this.tell({ event: "read", register })
      heard(register)
    })
  }

  #ask(write: PendingWrite | undefined, heard: (register: Register | undefined) => void): void {
    const life = this.#life
    this.#witness.ask({
      region: this.region,
      ...(write && { write }),
      heard: register => (this.#life === life ? heard(register) : undefined),
    })
  }

  #whileAlive(milliseconds: number, work: () => void): void {
    const life = this.#life
    this.#stage.timer(milliseconds, this.owner, () => (this.#life === life ? work() : undefined))
  }

  /** An answer that is older than what was learned since it was asked for. */
  #isOvertaken(register: Register, seenBefore: Supervisor["seen"]): boolean {
    return register.version < this.state.seen.version && register.version >= seenBefore.version
  }
}

function phaseOf({ phase }: Supervisor): string {
  if (phase.at === "closed") return `closed, ${phase.reason}`
  if (phase.at !== "leading") return phase.at
  const { door, change } = phase
  if (change === null) return `leading, ${door}`
  return `leading, ${door}, ${change.change}${"step" in change ? ` ${change.step}` : ""}`
}
