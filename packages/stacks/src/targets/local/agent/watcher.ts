import type { Register } from "@chatops/runtime/contract"
import type { WatcherStatus } from "../../../environment-state.ts"
import type { WatcherEntry } from "../../../failover/watcher-journal.ts"
import { judge, type RegionSight, type Verdict } from "../../../failover/watching.ts"
import type { Witness } from "../../../failover/witness.ts"
import type { ChangeSource } from "./until.ts"
import type { WatchedRegion } from "./watched-region.ts"
import { WatcherActions } from "./watcher-actions.ts"
import type { WatcherJournal } from "./watcher-journal.ts"

/** In milliseconds. */
const lookEvery = 100
const readEvery = 500
/** Between two looks; after longer it was frozen itself. */
const longestSleep = 1_000
const pauseAfterFailure = 1_000

export interface WatcherParts {
  readonly regions: ReadonlyMap<string, Pick<WatchedRegion, "sight" | "forget"> & Pick<ChangeSource, "on">>
  readonly witness: Pick<Witness, "read">
  readonly gateway: GatewaySight
  readonly journal: Pick<WatcherJournal, "entries" | "append">
  /** Asks the region's supervisor to claim; resolves with the register when runtimes are let in. */
  readonly claim: (region: string, accepts: Register["claim"]) => Promise<Register>
  /** Whether a drill's fault is in effect. */
  readonly isDrilled: () => boolean
  readonly onChange: () => void
}

/** What the gateway says of replicas; undefined where it does not. */
export interface GatewaySight {
  /** Whether any replica of the region is reached. */
  reached(region: string): boolean | undefined
  /** Whether any replica of any region is ready. */
  served(): boolean | undefined
}

/**
 * Makes another region primary when the primary is lost and it is sure of that (`judge`). It has no authority: it asks
 * the region in sync to claim, or under `async` the one that has come furthest, and the register decides.
 */
export class Watcher {
  readonly #parts: WatcherParts
  readonly #timers: NodeJS.Timeout[]
  readonly #actions: WatcherActions
  #register: Register | null = null
  /** Highest that was seen (rule 8). */
  #seen = { epoch: 0, version: 0 }
  /** Counts its own sleeps: an answer that was asked for before one is old. */
  #life = 0
  #reading = false
  /** What the witness shows is older than what was seen. */
  #wentBack = false
  #verdict: Verdict = { verdict: "well" }
  #since = new Date().toISOString()
  #lookedAt = performance.now()
  #acting = false
  #stopped = false
  /** No claim before this time. */
  #notBefore = 0

  constructor(parts: WatcherParts) {
    this.#parts = parts
    this.#actions = new WatcherActions(parts.journal)
    for (const region of parts.regions.values()) region.on("change", () => this.#look())
    this.#timers = [setInterval(() => this.#look(), lookEvery), setInterval(() => void this.#read(), readEvery)]
    void this.#read()
  }

  get state(): WatcherStatus {
    const { verdict } = this.#verdict
    const reason = verdict === "well" ? null : this.#verdict.reason
    const restraint = this.#actions.restraint(performance.now())
    return {
      verdict,
      reason,
      since: this.#since,
      restraint: restraint ? { reason: restraint.reason, seconds: Math.ceil(restraint.lasts / 1_000) } : null,
    }
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
  }

  async #read(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    const life = this.#life
    const register = await this.#parts.witness.read().catch(() => undefined)
    this.#reading = false
    if (life !== this.#life) return void this.#read()
    this.#learn(register ?? null)
    this.#look()
  }

  /** `serves`: the region that it names has said itself that runtimes are let in. */
  #learn(register: Register | null, serves = false): void {
    this.#wentBack = register !== null && !this.#isNews(register)
    this.#register = this.#wentBack ? null : register
    // A claim stands in the register before the lease has run out that is waited for: whoever is asked says when it has.
    if (this.#register !== null && (serves || !this.#acting)) this.#actions.settle(this.#register, serves)
  }

  /** A witness that was restored is nobody's to act on. */
  #isNews({ epoch, version }: Register): boolean {
    if (version < this.#seen.version || epoch < this.#seen.epoch) return false
    this.#seen = { epoch, version }
    return true
  }

  #look(): void {
    if (this.#stopped) return
    const now = performance.now()
    const slept = now - this.#lookedAt
    this.#lookedAt = now
    if (slept > longestSleep) this.#wake(slept)
    // What is seen meanwhile is what it does itself.
    if (this.#acting) return
    const verdict = judge({
      register: this.#register,
      wentBack: this.#wentBack,
      sights: this.#sights(),
      served: this.#parts.gateway.served(),
      ...this.#actions.lately(now),
    })
    this.#think(verdict)
    if (verdict.verdict === "acts" && now >= this.#notBefore) void this.#act(verdict)
  }

  /** Whatever it knew is from before it slept. */
  #wake(slept: number): void {
    this.#record({ event: "slept", milliseconds: Math.round(slept) })
    this.#life++
    for (const region of this.#parts.regions.values()) region.forget()
    this.#register = null
    void this.#read()
  }

  #sights(): Record<string, RegionSight> {
    const { regions, gateway } = this.#parts
    const sights = [...regions].map(
      ([name, { sight }]) => [name, { ...sight, reached: gateway.reached(name) }] as const,
    )
    return Object.fromEntries(sights)
  }

  #think(verdict: Verdict): void {
    const before = this.state
    this.#verdict = verdict
    if (before.verdict === verdict.verdict && essence(before.reason) === essence(this.state.reason)) return
    this.#since = new Date().toISOString()
    this.#record({ event: "verdict", verdict: verdict.verdict, reason: this.state.reason ?? "" })
    this.#parts.onChange()
  }

  async #act({ from, to, accepts, reason, heldUntil }: Extract<Verdict, { verdict: "acts" }>): Promise<void> {
    this.#acting = true
    // On disk before it is asked: whoever begins anew finds out what came of it.
    const drilled = this.#parts.isDrilled()
    this.#record({ event: "asked", from, to, epoch: this.#register?.epoch ?? 1, reason, drilled, heldUntil })
    try {
      this.#learn(await this.#parts.claim(to, accepts), true)
      // What was asked for before says nothing any more.
      this.#life++
    } catch (error) {
      this.#record({ event: "failed", from, to, reason: (error as Error).message })
      this.#notBefore = performance.now() + pauseAfterFailure
    }
    this.#acting = false
    // It may have been granted although nobody said so.
    await this.#read()
    this.#parts.onChange()
  }

  #record(entry: Unstamped): void {
    this.#parts.journal.append({ ...entry, at: new Date().toISOString() })
    this.#actions.follow(performance.now())
  }
}

/** Another number of seconds is no other thought. */
const essence = (reason: string | null): string => (reason ?? "").replaceAll(/\d+/g, "#")

type Unstamped<Entry = WatcherEntry> = Entry extends unknown ? Omit<Entry, "at"> : never
