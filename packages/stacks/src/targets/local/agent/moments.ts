import { momentsBetween, type NoticedMoment } from "../../../failover/moments.ts"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import { type Beginning, beginningText } from "../postgres/timeline-history.ts"

/** As many as a drill of an hour could ask for. */
const most = 1_000
/** Whoever has just been promoted has more urgent things to do than to be asked; nor is a silent one asked at once. In milliseconds. */
const askedAfter = 1_000

/** What happened to this region, by its own clock, as long as its agent lives. */
export class Moments {
  readonly #beginning: () => Promise<Beginning | undefined>
  readonly #noticed: NoticedMoment[] = []
  #present: Supervisor | undefined

  /** `beginning`: where the present timeline begins; undefined of the first. */
  constructor(beginning: () => Promise<Beginning | undefined>) {
    this.#beginning = beginning
  }

  get noticed(): readonly NoticedMoment[] {
    return this.#noticed
  }

  notice(before: Supervisor, after: Supervisor): void {
    const [at, { register }] = [Date.now(), after]
    this.#present = after
    for (const what of momentsBetween(before, after)) {
      const moment = { what, at, epoch: register?.epoch ?? 0 }
      const region = what === "in-sync" ? register?.inSync?.region : undefined
      this.#noticed.push({ ...moment, ...(region !== undefined && { detail: region }) })
      if (what === "promoted") this.#completeLater(moment)
    }
    this.#noticed.splice(0, this.#noticed.length - most)
  }

  #completeLater(moment: NoticedMoment): void {
    setTimeout(() => void this.#complete(moment), askedAfter).unref()
  }

  /** As long as it is the primary that it became then: later its timeline is another's. */
  async #complete(moment: NoticedMoment): Promise<void> {
    const beginning = await this.#beginning().catch(() => undefined)
    const { phase, register } = this.#present ?? {}
    if (phase?.at !== "leading" || register?.epoch !== moment.epoch) return
    if (beginning === undefined) return this.#completeLater(moment)
    const isIt = ({ what, at, epoch }: NoticedMoment) =>
      what === moment.what && at === moment.at && epoch === moment.epoch
    const place = this.#noticed.findIndex(isIt)
    if (place >= 0) this.#noticed[place] = { ...moment, detail: beginningText(beginning) }
  }
}
