import { countsPerGrant } from "@chatops/runtime/contract"
import { databaseOf, withDatabase } from "../model/world.ts"
import type { Stage } from "./stage.ts"

/** What runtimes find of the lease; the real type is the runtime's own. */
export interface VirtualLeaseRow {
  readonly renewal: number
  readonly alone: boolean
  readonly length: number
}

/** One connection of a runtime's pool stands for all of them. */
export interface VirtualSession {
  readonly region: string
  readonly epoch: number
  readonly life: number
}

/** One region's PostgreSQL as runtimes and the supervisor use it; its processes are in `postgres-processes.ts`. */
export class VirtualPostgres {
  readonly region: string
  readonly #stage: Stage
  readonly #waiting = new Map<string, () => void>()
  readonly #onEnd = new Set<() => void>()
  #life = 1
  #epoch = 1
  #grants = 0
  #row: VirtualLeaseRow | undefined

  constructor(stage: Stage, region: string) {
    this.#stage = stage
    this.region = region
  }

  get owner(): string {
    return `${this.region}/postgres`
  }

  /** `onEnd`: its connections are closed. */
  connect(onEnd: () => void): VirtualSession | undefined {
    const { up, kind, open } = databaseOf(this.#stage.world, this.region)
    if (!up || kind !== "primary" || !open) return undefined
    this.#onEnd.add(onEnd)
    return { region: this.region, epoch: this.#epoch, life: this.#life }
  }

  /** Undefined: it was refused. No answer when the server ends meanwhile. */
  commit(session: VirtualSession, answer: (commits: string | undefined) => void): void {
    const { world } = this.#stage
    const { mustWait, log, waiting, open } = databaseOf(world, this.region)
    if (!this.#serves(session) || !open) return void answer(undefined)
    const turn = this.#stage.turn()
    this.#stage.note(() => `${this.region}: commits ${turn}${mustWait ? ", and waits" : ""}`)
    if (mustWait) this.#waiting.set(turn, () => answer(turn))
    this.#stage.change(
      withDatabase(world, this.region, { log: log + turn, waiting: mustWait ? waiting + turn : waiting }),
    )
    if (!mustWait) answer(turn)
  }

  /** What is visible. */
  read(session: VirtualSession): string | undefined {
    if (!this.#serves(session)) return undefined
    const { log, waiting } = databaseOf(this.#stage.world, this.region)
    return [...log].filter(entry => !/\d/.test(entry) && !waiting.includes(entry)).join("")
  }

  readLease(session: VirtualSession): VirtualLeaseRow | undefined {
    return this.#serves(session) ? this.#row : undefined
  }

  /** These do not wait any more: confirmed, or woken by names of nobody. */
  release(commits: string): void {
    for (const commit of commits) {
      this.#waiting.get(commit)?.()
      this.#waiting.delete(commit)
    }
  }

  grant(alone: boolean, length: number): void {
    this.#grants += 1
    this.#row = { renewal: this.#grants * countsPerGrant, alone, length }
    this.#stage.note(() => `${this.region}: tells runtimes ${alone ? "that it is alone" : "that a region is in sync"}`)
  }

  renew(): void {
    const { up } = databaseOf(this.#stage.world, this.region)
    if (up && this.#row !== undefined) this.#row = { ...this.#row, renewal: this.#row.renewal + 1 }
  }

  announce(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch)
  }

  /** The server ended, or a new one began: its sessions are closed, and its unlogged table is empty. */
  endLife(): void {
    this.#life += 1
    this.#row = undefined
    this.#waiting.clear()
    const listeners = [...this.#onEnd]
    this.#onEnd.clear()
    for (const listener of listeners) listener()
  }

  #serves({ life }: VirtualSession): boolean {
    return life === this.#life && databaseOf(this.#stage.world, this.region).up
  }
}
