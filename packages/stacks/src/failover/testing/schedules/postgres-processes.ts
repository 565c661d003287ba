import { postgresMoves } from "../model/postgres-moves.ts"
import { databaseOf, type Move } from "../model/world.ts"
import { between } from "./draws.ts"
import type { Stage } from "./stage.ts"
import type { VirtualPostgres } from "./virtual-postgres.ts"

interface Lateness {
  readonly process: "checkpointer" | "walsender"
  readonly region: string
  readonly until: number
  /** Most milliseconds. */
  readonly late: number
}

/** Milliseconds that a process of PostgreSQL takes for a thing when nothing is in its way. */
const quick = [0.1, 5] as const

/**
 * What the search lets PostgreSQL's processes do in any order, here each at its own time: a move that has become possible
 * is made after a while, if it is possible still.
 */
export class PostgresProcesses {
  readonly #stage: Stage
  readonly #databases: Readonly<Record<string, VirtualPostgres>>
  readonly #due = new Map<string, object>()
  #late: Lateness[] = []

  constructor(stage: Stage, databases: Readonly<Record<string, VirtualPostgres>>) {
    this.#stage = stage
    this.#databases = databases
    stage.onDatabases(() => this.#notice())
    this.#notice()
  }

  delay(lateness: Lateness): void {
    this.#late.push(lateness)
  }

  #notice(): void {
    const possible = new Map(postgresMoves(this.#stage.world).map(move => [nameOf(move), move]))
    for (const name of this.#due.keys()) if (!possible.has(name)) this.#due.delete(name)
    for (const name of possible.keys()) {
      if (this.#due.has(name)) continue
      const due = {}
      this.#due.set(name, due)
      this.#stage.timeline.after(this.#delayOf(name), ownerOf(name), () => {
        if (this.#due.get(name) === due) this.#make(name)
      })
    }
  }

  #make(name: string): void {
    this.#due.delete(name)
    const { world } = this.#stage
    const move = postgresMoves(world).find(candidate => nameOf(candidate) === name)
    if (move === undefined) return
    const { from } = partsOf(name)
    const before = databaseOf(world, from).waiting
    // What counts as acknowledged is decided by runtimes here.
    const to = { ...move.to, acknowledged: world.acknowledged }
    const left = databaseOf(to, from).waiting
    const released = [...before].filter(commit => !left.includes(commit)).join("")
    if (isTelling(name)) this.#stage.note(() => move.label)
    this.#stage.change(to)
    if (released !== "") this.#databases[from]?.release(released)
    // What is possible still, one more record of many, is due anew.
    this.#notice()
  }

  #delayOf(name: string): number {
    const { from, to } = partsOf(name)
    const carried = /arrives|reported|streams/.test(name)
    if (to !== undefined && carried) {
      const [sender, receiver] = name.includes("reported") || name.includes("streams") ? [to, from] : [from, to]
      const behind = databaseOf(this.#stage.world, from).log.length - databaseOf(this.#stage.world, to).log.length
      // Many records travel together.
      return this.#stage.network.delay(sender, receiver) / Math.max(1, behind)
    }
    const process = name.includes("checkpointer") ? "checkpointer" : "walsender"
    const draw = this.#stage.draws.of(`${from}/${process}`)
    const usual = between(draw, ...quick)
    const share = draw.uniform()
    this.#late = this.#late.filter(({ until }) => until > this.#stage.timeline.now)
    const late = this.#late.filter(lateness => lateness.region === from && lateness.process === process)
    return late.reduce((delay, { late: most }) => delay + share * most, usual)
  }
}

/** Without the commits that it is about, of which there may be more by and by, and without the names that a walsender reads. */
const nameOf = ({ label }: Move): string => label.replace(/ (releases|reads) .*/, " $1")

/** The primary, and the standby that it is about. */
function partsOf(name: string): { readonly from: string; readonly to: string | undefined } {
  const [, standby, primary] = /^(\w+): streams from (\w+)$/.exec(name) ?? []
  if (primary !== undefined) return { from: primary, to: standby }
  const [from = "", to] = name.slice(0, name.indexOf(":")).split("→")
  return { from, to }
}

function ownerOf(name: string): string {
  const { from, to } = partsOf(name)
  return `${/arrives|streams/.test(name) ? (to ?? from) : from}/postgres`
}

/** Records and reports are too many. */
const isTelling = (name: string): boolean => /checkpointer|streams|walsender (reads|goes|ends)/.test(name)
