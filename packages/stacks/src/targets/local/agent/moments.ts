import { momentsBetween, type NoticedMoment } from "../../../failover/moments.ts"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"

/** As many as a drill of an hour could ask for. */
const most = 1_000

/** What happened to this region, by its own clock, as long as its agent lives. */
export class Moments {
  readonly #noticed: NoticedMoment[] = []

  get noticed(): readonly NoticedMoment[] {
    return this.#noticed
  }

  notice(before: Supervisor, after: Supervisor): void {
    const at = Date.now()
    for (const what of momentsBetween(before, after))
      this.#noticed.push({ what, at, epoch: after.register?.epoch ?? 0 })
    this.#noticed.splice(0, this.#noticed.length - most)
  }
}
