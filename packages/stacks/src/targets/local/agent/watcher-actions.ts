import type { Register } from "@chatops/runtime/contract"
import type { WatcherEntry } from "../../../failover/watcher-journal.ts"
import type { Watch } from "../../../failover/watching.ts"
import type { WatcherJournal } from "./watcher-journal.ts"

const quarterOfAnHour = 900_000

type Asked = Extract<WatcherEntry, { event: "asked" }>

/** What a watcher did of late, by a clock that nobody sets; and what came of what it asked for. */
export class WatcherActions {
  readonly #journal: Pick<WatcherJournal, "entries" | "append">
  /** When it acted, by `performance.now()`; of what was before this process, no longer ago than it can have been. */
  readonly #acted: number[]
  #unsettled: { readonly asked: Asked; readonly began: number | undefined } | undefined
  #looked = 0

  constructor(journal: Pick<WatcherJournal, "entries" | "append">) {
    this.#journal = journal
    const now = performance.now()
    const ageOf = (at: string) => Math.max(0, Date.now() - Date.parse(at))
    this.#acted = journal.entries.flatMap(entry => (entry.event === "acted" ? [now - ageOf(entry.at)] : []))
    this.#follow(undefined)
  }

  lately(now: number): Pick<Watch, "sinceLast" | "lately"> {
    this.#follow(now)
    const last = this.#acted.at(-1)
    return {
      sinceLast: last === undefined ? null : now - last,
      lately: this.#acted.filter(at => now - at < quarterOfAnHour).length,
    }
  }

  /** What was asked for came about when the register says so, whoever was told. */
  settle({ epoch, primary }: Register): void {
    this.#follow(performance.now())
    if (this.#unsettled === undefined) return
    const { asked, began } = this.#unsettled
    if (epoch <= asked.epoch) return
    this.#unsettled = undefined
    if (primary !== asked.to) return
    const now = performance.now()
    this.#acted.push(now)
    const milliseconds = began === undefined ? null : Math.round(now - began)
    const { at: since, from, to, reason } = asked
    this.#journal.append({ event: "acted", at: new Date().toISOString(), since, from, to, epoch, milliseconds, reason })
  }

  /** Reads what was written since. `now`: undefined for what another process wrote. */
  #follow(now: number | undefined): void {
    const { entries } = this.#journal
    for (const entry of entries.slice(Math.min(this.#looked, entries.length))) {
      if (entry.event === "asked") this.#unsettled = { asked: entry, began: now }
      if (entry.event === "acted") this.#unsettled = undefined
    }
    this.#looked = entries.length
  }
}
