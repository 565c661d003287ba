import type { Register } from "@chatops/runtime/contract"
import type { WatcherStatus } from "../../../environment-state.ts"
import type { WatcherAction, WatcherEntry } from "../../../failover/watcher-journal.ts"
import { judge, type RegionSight, type Verdict } from "../../../failover/watching.ts"
import type { Witness } from "../../../failover/witness.ts"
import type { ChangeSource } from "./until.ts"
import type { WatchedRegion } from "./watched-region.ts"
import type { WatcherJournal } from "./watcher-journal.ts"

/** In milliseconds. */
const lookEvery = 100
const readEvery = 500
/** Between two looks; after longer it was frozen itself. */
const longestSleep = 1_000
const pauseAfterFailure = 1_000
const quarterOfAnHour = 900_000

export interface WatcherParts {
  readonly regions: ReadonlyMap<string, Pick<WatchedRegion, "sight" | "forget"> & Pick<ChangeSource, "on">>
  readonly witness: Pick<Witness, "read">
  /** Whether the gateway reaches any replica of the region; undefined where it does not say. */
  readonly reached: (region: string) => boolean | undefined
  readonly journal: Pick<WatcherJournal, "entries" | "append">
  /** Asks the region's supervisor to claim; resolves with the register when runtimes are let in. */
  readonly claim: (region: string) => Promise<Register>
  readonly onChange: () => void
}

/**
 * Makes another region primary when the primary is lost and it is sure of that (`judge`). It has no authority: it asks
 * the region in sync to claim, and the register decides.
 */
export class Watcher {
  readonly #parts: WatcherParts
  readonly #timers: NodeJS.Timeout[]
  #register: Register | null = null
  #verdict: Verdict = { verdict: "well" }
  #since = new Date().toISOString()
  #lookedAt = performance.now()
  #acting = false
  /** No claim before this time. */
  #notBefore = 0

  constructor(parts: WatcherParts) {
    this.#parts = parts
    for (const region of parts.regions.values()) region.on("change", () => this.#look())
    this.#timers = [setInterval(() => this.#look(), lookEvery), setInterval(() => void this.#read(), readEvery)]
    void this.#read()
  }

  get state(): WatcherStatus {
    const { verdict } = this.#verdict
    return { verdict, reason: verdict === "well" ? null : this.#verdict.reason, since: this.#since }
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  async #read(): Promise<void> {
    this.#register = (await this.#parts.witness.read()) ?? null
    this.#look()
  }

  #look(): void {
    const now = performance.now()
    const slept = now - this.#lookedAt
    this.#lookedAt = now
    // What is seen meanwhile is what it does itself.
    if (this.#acting) return
    if (slept > longestSleep) this.#wake(slept)
    const last = this.#actions().at(-1)
    const verdict = judge({
      register: this.#register,
      sights: this.#sights(),
      sinceLast: last === undefined ? null : Math.max(0, Date.now() - Date.parse(last.at)),
      lately: this.#actions().filter(({ at }) => Date.now() - Date.parse(at) < quarterOfAnHour).length,
    })
    this.#think(verdict)
    if (verdict.verdict === "acts" && now >= this.#notBefore) void this.#act(verdict)
  }

  /** Whatever it knew is from before it slept. */
  #wake(slept: number): void {
    this.#record({ event: "slept", milliseconds: Math.round(slept) })
    for (const region of this.#parts.regions.values()) region.forget()
    this.#register = null
    void this.#read()
  }

  #sights(): Record<string, RegionSight> {
    const { regions, reached } = this.#parts
    return Object.fromEntries([...regions].map(([name, { sight }]) => [name, { ...sight, reached: reached(name) }]))
  }

  #actions(): WatcherAction[] {
    return this.#parts.journal.entries.filter(entry => entry.event === "acted")
  }

  #think(verdict: Verdict): void {
    const before = this.state
    this.#verdict = verdict
    if (before.verdict === verdict.verdict && essence(before.reason) === essence(this.state.reason)) return
    this.#since = new Date().toISOString()
    this.#record({ event: "verdict", verdict: verdict.verdict, reason: this.state.reason ?? "" })
    this.#parts.onChange()
  }

  async #act({ from, to, reason }: Extract<Verdict, { verdict: "acts" }>): Promise<void> {
    this.#acting = true
    const since = new Date().toISOString()
    const began = performance.now()
    try {
      const { epoch } = await this.#parts.claim(to)
      const milliseconds = Math.round(performance.now() - began)
      this.#record({ event: "acted", since, from, to, epoch, milliseconds, reason })
      await this.#read()
    } catch (error) {
      this.#record({ event: "failed", from, to, reason: (error as Error).message })
      this.#notBefore = performance.now() + pauseAfterFailure
    } finally {
      this.#acting = false
      this.#parts.onChange()
    }
  }

  #record(entry: DistributiveOmit<WatcherEntry, "at">): void {
    this.#parts.journal.append({ ...entry, at: new Date().toISOString() })
  }
}

/** Another number of seconds is no other thought. */
const essence = (reason: string | null): string => (reason ?? "").replaceAll(/\d+/g, "#")

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never
