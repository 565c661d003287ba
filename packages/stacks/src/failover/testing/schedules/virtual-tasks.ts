import { surelyOver, usualLease } from "../../lease.ts"
import { isByLease } from "../../protocol/leading.ts"
import type { Event, Supervisor, Task } from "../../protocol/supervisor.ts"
import { carryOut, dataOf, type TaskOutcome } from "../model/task-moves.ts"
import { databaseOf } from "../model/world.ts"
import { magnitude } from "./draws.ts"
import type { Stage } from "./stage.ts"
import type { VirtualPostgres } from "./virtual-postgres.ts"

/** Milliseconds between two looks at whether it is done, and how long steps at the gate and a rejoin are tried. */
const lookEvery = 10
const gatePatience = 3_000
const rejoinPatience = 15_000

const patience: Partial<Record<Task["task"], number>> = {
  "renew-senders": gatePatience,
  "see-waiting": gatePatience,
  "see-flushed": gatePatience,
  rejoin: rejoinPatience,
}
/** Least and most milliseconds; others take as long as a question to a server. */
const lengths: Partial<Record<Task["task"], readonly [number, number]>> = {
  start: [20, 500],
  promote: [5, 200],
  follow: [20, 500],
  rejoin: [20, 500],
  copy: [100, 2_000],
  stop: [5, 500],
  drain: [5, 200],
}
const restarting: ReadonlySet<Task["task"]> = new Set(["start", "promote", "follow", "rejoin", "copy", "stop", "drain"])

interface TaskParts {
  readonly state: () => Supervisor
  readonly tell: (event: Event) => void
}

/** Carries out what a supervisor asks of its database: what the search does in one move takes time here. */
export class VirtualTasks {
  readonly #stage: Stage
  readonly #database: VirtualPostgres
  readonly #parts: TaskParts
  #doing: Task | null = null
  #failures = 0

  constructor(stage: Stage, database: VirtualPostgres, parts: TaskParts) {
    this.#stage = stage
    this.#database = database
    this.#parts = parts
  }

  /** To be told of every change. What is not asked for any more is given up. */
  notice(): void {
    const { task } = this.#parts.state()
    if (task === this.#doing) return
    this.#doing = task
    if (task === null) return
    if (task.task === "wait-out")
      return void this.#later(task, surelyOver(task.lease), () =>
        this.#done(task, { event: "done", world: this.#stage.world }),
      )
    if (task.task === "barrier") this.#prepare()
    const [least, most] = lengths[task.task] ?? [0.1, 5]
    const began = this.#stage.clock(this.#database.region)
    this.#later(task, magnitude(this.#draw, least, most), () => this.#try(task, began))
  }

  get #draw() {
    return this.#stage.draws.of(`${this.#database.region}'s tasks`)
  }

  #later(task: Task, milliseconds: number, work: () => void): void {
    this.#stage.timer(milliseconds, `${this.#database.region}/supervisor`, () => {
      if (this.#doing === task) work()
    })
  }

  #try(task: Task, began: number): void {
    const { region } = this.#database
    const outcome = this.#isReachable(task) ? carryOut(this.#stage.world, region, task) : undefined
    if (outcome !== undefined) return void this.#done(task, outcome)
    const tooLong = this.#stage.clock(region) - began > (patience[task.task] ?? Number.POSITIVE_INFINITY)
    if (tooLong) return void this.#done(task, { event: "failed", world: this.#stage.world })
    this.#later(task, lookEvery, () => this.#try(task, began))
  }

  #isReachable(task: Task): boolean {
    const { region, owner } = this.#database
    const { timeline, network } = this.#stage
    if (timeline.isFrozen(owner)) return false
    const primary = task.task === "rejoin" || task.task === "copy" ? task.primary : region
    return !timeline.isFrozen(`${primary}/postgres`) && !network.isCut(region, primary)
  }

  #done(task: Task, { event, world, ...outcome }: TaskOutcome): void {
    const { region } = this.#database
    const data = () => dataOf(databaseOf(this.#stage.world, region))
    if (event === "failed") {
      const pause = Math.min(50 * 2 ** this.#failures++, 500)
      this.#stage.note(() => `${region}: ${task.task} failed`)
      return void this.#later(task, pause, () => {
        this.#doing = null
        this.#parts.tell({ event, data: data() })
      })
    }
    this.#failures = 0
    this.#doing = null
    if (restarting.has(task.task)) this.#database.endLife()
    if (task.task === "promote") this.#promoted(world)
    else this.#stage.change(world)
    if (task.task === "mark-alone") this.#grant(true)
    if (task.task === "nudge") this.#grant(false)
    const position = "position" in outcome ? outcome.position : undefined
    this.#parts.tell({ event, data: data(), ...(position !== undefined && { position }) })
  }

  /** Whoever is named, and only that one, ends the time of what its predecessor acknowledged. */
  #promoted(world: TaskOutcome["world"]): void {
    const { region } = this.#database
    const { acknowledged, register } = this.#stage.world
    const isNamed = register.primary === region && register.epoch === this.#parts.state().register?.epoch
    const lost = isNamed ? [...acknowledged].filter(turn => !world.acknowledged.includes(turn)) : []
    this.#stage.reportedLost.push(...lost)
    this.#stage.note(() => `${region}: is promoted${lost.length > 0 ? `, and reports as lost: ${lost.join("")}` : ""}`)
    this.#stage.change(isNamed ? world : { ...world, acknowledged })
  }

  /** Runtimes are told the epoch and the regime before the barrier. */
  #prepare(): void {
    const { register } = this.#parts.state()
    if (register === null) return
    this.#database.announce(register.epoch)
    this.#grant(isByLease(register))
  }

  #grant(alone: boolean): void {
    this.#database.grant(alone, this.#parts.state().register?.lease ?? usualLease)
  }
}
