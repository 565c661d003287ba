import { isDeepStrictEqual } from "node:util"
import type { EnvironmentState, OpenTarget, RegionMoment, WatcherAction } from "@chatops/stacks"
import type { DrillEvent } from "@chatops/stacks/drill"
import type { DrillClock } from "./drill-clock.ts"
import { hearOnce, hearRegularly, type Source } from "./hear-regularly.ts"
import { HeardMoments, nameOfMoment } from "./heard-moments.ts"
import { whatIsMissing } from "./until-whole.ts"

/** Milliseconds between looks at the clocks and the register, which cost next to nothing. */
const lookEvery = 25
/** Every part is asked for its state: what that costs must not show in what is measured. */
const statePause = 3

export interface Observed {
  readonly target: Pick<OpenTarget, "register" | "inspect" | "moments" | "watcherActions">
  readonly record: (event: DrillEvent) => void
  readonly clock: DrillClock
  /** Milliseconds between questions that every part of the environment has to answer. */
  readonly askEvery?: number
}

type Register = Extract<DrillEvent, { event: "register" }>["register"]
type Told = Omit<Extract<DrillEvent, { event: "noticed" }>, "event" | "at">

/** Records what the environment itself says of what happens to it, beside what its users see. */
export class Observer {
  readonly #observed: Observed
  readonly #stop = new AbortController()
  readonly #watching: Promise<unknown>
  readonly #looking: NodeJS.Timeout
  /** What was noticed before the drill. Which that is the clock does not tell, once it has jumped. */
  readonly #before: Promise<ReadonlySet<string>>
  readonly #moments = new HeardMoments()
  #register: Register | undefined
  #missing: readonly string[] | undefined

  constructor(observed: Observed) {
    const { clock, askEvery = 1_000 } = observed
    const { signal } = this.#stop
    this.#observed = observed
    this.#before = this.#noticedBefore()
    this.#watching = Promise.all([
      hearRegularly(this.#registerFor(signal), lookEvery, signal),
      hearRegularly(this.#momentsFor(signal), askEvery, signal),
      hearRegularly(this.#stateFor(signal), statePause * askEvery, signal),
    ])
    this.#looking = setInterval(() => clock.look(), lookEvery)
  }

  /** Ends the watching, and records what regions and the watcher noticed meanwhile; asked once more, for so long. */
  async finish(milliseconds: number): Promise<void> {
    clearInterval(this.#looking)
    this.#stop.abort()
    await this.#watching
    // A question that is under way may take as long as that itself.
    const signal = AbortSignal.timeout(milliseconds)
    const { target } = this.#observed
    const [before] = await Promise.all([
      this.#before,
      hearOnce(this.#momentsFor(signal), signal),
      hearOnce(this.#stateFor(signal), signal),
    ])
    for (const moment of this.#moments.all) {
      const { region: by, what, at, epoch, detail } = moment
      const told = { by, what, ...(epoch > 0 && { epoch }), ...(detail !== undefined && { detail }) }
      if (!before.has(nameOfMoment(moment))) this.#record(at, told)
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

  #registerFor(signal: AbortSignal): Source<Register | null> {
    const { target, record, clock } = this.#observed
    const hear = (register: Register | null) => {
      if (register === null || isDeepStrictEqual(register, this.#register)) return
      this.#register = register
      record({ event: "register", at: clock.now(), register })
    }
    return { ask: () => target.register(signal), hear }
  }

  #momentsFor(signal: AbortSignal): Source<readonly RegionMoment[]> {
    const { target } = this.#observed
    return { ask: () => target.moments(signal), hear: moments => this.#moments.hear(moments) }
  }

  #stateFor(signal: AbortSignal): Source<EnvironmentState> {
    const { target, record, clock } = this.#observed
    const hear = (state: EnvironmentState) => {
      const missing = whatIsMissing(state)
      if (isDeepStrictEqual(missing, this.#missing)) return
      this.#missing = missing
      record({ event: "whole", at: clock.now(), missing })
    }
    return { ask: () => target.inspect(signal), hear }
  }
}

const nameOfAction = ({ since, epoch }: WatcherAction): string => `watcher ${epoch} ${since}`
