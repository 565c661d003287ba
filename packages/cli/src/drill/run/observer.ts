import { setTimeout as delay } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { OpenTarget, RegionMoment, WatcherAction } from "@chatops/stacks"
import type { DrillEvent } from "@chatops/stacks/drill"
import type { DrillClock } from "./drill-clock.ts"

const lookEvery = 25

interface Observed {
  readonly target: Pick<OpenTarget, "register" | "moments" | "watcherActions">
  readonly record: (event: DrillEvent) => void
  readonly clock: DrillClock
}

type Told = Omit<Extract<DrillEvent, { event: "noticed" }>, "event" | "at">

/** Records what the environment itself says of what happens to it, beside what its users see. */
export class Observer {
  readonly #observed: Observed
  readonly #stop = new AbortController()
  readonly #watching: Promise<void>
  readonly #looking: NodeJS.Timeout
  /** What was noticed before the drill. Which that is the clock does not tell, once it has jumped. */
  readonly #before: Promise<ReadonlySet<string>>

  constructor(observed: Observed) {
    this.#observed = observed
    this.#before = this.#noticedBefore()
    this.#watching = this.#watchRegister()
    this.#looking = setInterval(() => observed.clock.look(), lookEvery)
  }

  /** Ends the watching, and records what regions and the watcher noticed meanwhile. */
  async finish(signal: AbortSignal): Promise<void> {
    clearInterval(this.#looking)
    this.#stop.abort()
    await this.#watching
    const { target } = this.#observed
    const before = await this.#before
    for (const moment of await target.moments(signal)) {
      const { region: by, what, at, epoch } = moment
      if (!before.has(nameOfMoment(moment))) this.#record(at, epoch > 0 ? { by, what, epoch } : { by, what })
    }
    for (const action of await target.watcherActions(signal)) {
      const { since, reason, epoch } = action
      if (before.has(nameOfAction(action))) continue
      this.#record(Date.parse(since), { by: "watcher", what: "suspected", detail: reason })
      this.#record(Date.parse(since), { by: "watcher", what: "asked", epoch })
    }
  }

  #record(wall: number, told: Told): void {
    const { record, clock } = this.#observed
    const at = clock.timeOf(wall)
    if (at === undefined) record({ event: "undated", at: clock.now(), ...told })
    else if (at >= 0) record({ event: "noticed", at, ...told })
  }

  async #noticedBefore(): Promise<ReadonlySet<string>> {
    const { target, clock } = this.#observed
    const { signal } = this.#stop
    const [moments, actions] = await Promise.all([
      target.moments(signal).catch(() => []),
      target.watcherActions(signal).catch(() => []),
    ])
    const isBefore = (wall: number) => (clock.timeOf(wall) ?? 0) < 0
    return new Set([
      ...moments.filter(({ at }) => isBefore(at)).map(nameOfMoment),
      ...actions.filter(({ since }) => isBefore(Date.parse(since))).map(nameOfAction),
    ])
  }

  async #watchRegister(): Promise<void> {
    const { target, record, clock } = this.#observed
    const { signal } = this.#stop
    let before: unknown
    while (!signal.aborted) {
      const register = await target.register(signal).catch(() => null)
      if (register !== null && !isDeepStrictEqual(register, before)) {
        before = register
        record({ event: "register", at: clock.now(), register })
      }
      await delay(lookEvery, undefined, { signal }).catch(() => undefined)
    }
  }
}

const nameOfMoment = ({ region, what, at, epoch }: RegionMoment): string => `${region} ${what} ${epoch} ${at}`
const nameOfAction = ({ since, epoch }: WatcherAction): string => `watcher ${epoch} ${since}`
