import type { Register } from "@chatops/runtime/contract"
import { broken } from "../model/invariants.ts"
import { union, type World } from "../model/world.ts"
import { type Clock, shownBy, trueLength } from "./clock.ts"
import { Draws } from "./draws.ts"
import { Network } from "./network.ts"
import type { Schedule } from "./schedule.ts"
import { Timeline } from "./timeline.ts"

/** What all parts of a run share: time, the network, and the model's world, which is looked at whenever it changes. */
export class Stage {
  readonly schedule: Schedule
  readonly timeline = new Timeline()
  readonly draws: Draws
  readonly network: Network
  readonly regions: readonly string[]
  /** Every turn that was ever acknowledged, lost ones too. */
  acknowledged = 0
  readonly reportedLost: string[] = []
  readonly claims = { "in-sync": 0, async: 0, forced: 0 }
  readonly #listeners: (() => void)[] = []
  readonly #trace: string[] | undefined
  #world: World
  #turns = 0
  #violation: string | undefined

  constructor(schedule: Schedule, world: World, trace: string[] | undefined) {
    this.schedule = schedule
    this.draws = new Draws(schedule.seed)
    this.network = new Network(this.timeline, this.draws, schedule.latency)
    this.regions = Object.keys(world.databases)
    this.#world = world
    this.#trace = trace
  }

  get world(): World {
    return this.#world
  }

  get violation(): string | undefined {
    return this.#violation
  }

  /** To be told of changes of databases. */
  onDatabases(listener: () => void): void {
    this.#listeners.push(listener)
  }

  change(to: World): void {
    const before = this.#world
    this.#world = to
    if (to.databases === before.databases && to.register === before.register && to.acknowledged === before.acknowledged)
      return
    const what = broken(to)
    if (what !== undefined) this.violate(what)
    if (to.databases !== before.databases) for (const listener of this.#listeners) listener()
  }

  /** A write that the witness takes. */
  register(next: Register): void {
    const { register } = this.#world
    if (next.epoch < register.epoch) this.violate(`the epoch goes back from ${register.epoch} to ${next.epoch}`)
    if (next.epoch > register.epoch) this.claims[next.claim] += 1
    this.change({ ...this.#world, register: next })
  }

  acknowledge(commits: string): void {
    const { acknowledged } = this.#world
    const all = union(acknowledged, commits)
    this.acknowledged += all.length - acknowledged.length
    this.change({ ...this.#world, acknowledged: all })
  }

  violate(what: string): void {
    this.#violation ??= what
    this.note(() => `✖ ${what}`)
    this.timeline.end()
  }

  /** A letter for the next turn: no digit, for those stand for promotions. */
  turn(): string {
    const number = this.#turns++
    return number < letters.length ? letters.charAt(number) : String.fromCharCode(0x100 + number - letters.length)
  }

  /** By the clock of that region. */
  clock(region: string): number {
    return shownBy(this.#clockOf(region), this.timeline.now)
  }

  /** A timer that this owner sets by its region's clock. */
  timer(milliseconds: number, owner: string, run: () => void): void {
    const clock = this.#clockOf(owner.slice(0, owner.indexOf("/")))
    this.timeline.after(trueLength(clock, milliseconds), owner, run)
  }

  note(what: () => string): void {
    this.#trace?.push(`${this.timeline.now.toFixed(1).padStart(9)} ms  ${what()}`)
  }

  #clockOf(region: string): Clock {
    const clock = this.schedule.clocks[region]
    if (clock === undefined) throw new Error(`no clock in ${region}`)
    return clock
  }
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
