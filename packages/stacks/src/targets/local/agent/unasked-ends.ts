import { join } from "node:path"
import { blamesDirectory, startFailure } from "../postgres/start-failure.ts"
import { RestartPace } from "./restart-pace.ts"
import type { RegionSpec } from "./spec.ts"
import type { Supervised } from "./supervised.ts"
import type { Troubles } from "./troubles.ts"

interface UnaskedEndsOf extends Pick<Supervised, "spec"> {
  readonly supervisor: Pick<Supervised["supervisor"], "state" | "tell" | "tellWhile">
}

/**
 * What follows when PostgreSQL ends unasked: the witness decides anew what it starts as (rule 5), later each time until
 * it stays up for a while. Where it does not start any more, people are told why, and a standby is copied anew.
 */
export class UnaskedEnds {
  readonly #supervisor: UnaskedEndsOf["supervisor"]
  readonly #spec: RegionSpec
  readonly #troubles: Troubles
  readonly #onExplained: () => void
  #pace = new RestartPace()
  /** The directory with which PostgreSQL did not start. Where it does not start with the copy either, another is no help. */
  #damaged: string | undefined
  #restart: NodeJS.Timeout | undefined

  constructor({ supervisor, spec }: UnaskedEndsOf, troubles: Troubles, onExplained: () => void) {
    this.#supervisor = supervisor
    this.#spec = spec
    this.#troubles = troubles
    this.#onExplained = onExplained
  }

  ended(wasReady: boolean): void {
    if (wasReady) this.#damaged = undefined
    const { phase, register } = this.#supervisor.state
    const claimable = phase.at === "leading" && register !== null && register.inSync !== null
    const { pause, hopeless } = this.#pace.ended(wasReady, { claimable })
    this.#restart = setTimeout(() => this.#supervisor.tell({ event: "database-ended" }), pause)
    if (hopeless) void this.#explain()
  }

  forgive(): void {
    this.#pace = new RestartPace()
    this.#damaged = undefined
  }

  async #explain(): Promise<void> {
    const { directory, database } = this.#spec
    const logFile = join(directory, "logs", "database.log")
    const why = await startFailure(logFile, database.port).catch((error: Error) => error)
    this.#troubles.outcome("process", why)
    if (blamesDirectory(why)) await this.#giveUpDirectory()
    this.#onExplained()
  }

  async #giveUpDirectory(): Promise<void> {
    const { data } = this.#supervisor.state
    if (data.kind === "none") return
    this.#damaged ??= data.incarnation
    if (data.incarnation !== this.#damaged) return
    await this.#supervisor.tellWhile(() => true, { event: "unusable" })
    const { phase, task } = this.#supervisor.state
    // Starting it again would end the copy that takes its place.
    if (task?.task === "copy" || phase.at === "stuck") clearTimeout(this.#restart)
  }
}
