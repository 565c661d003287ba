import type { Register } from "@chatops/runtime/contract"
import { boundOf, type MayBeLost } from "../../../failover/lacking.ts"
import { surelyOver } from "../../../failover/lease.ts"
import type { WatcherEntry } from "../../../failover/watcher-journal.ts"
import { calmFor, mostLately, restraintOf, type Watch } from "../../../failover/watching.ts"
import type { WatcherJournal } from "./watcher-journal.ts"

const quarterOfAnHour = 900_000

type Asked = Extract<WatcherEntry, { event: "asked" }>

/** What a watcher did of late, by a clock that nobody sets; and what came of what it asked for. */
export class WatcherActions {
  readonly #journal: Pick<WatcherJournal, "entries" | "append">
  /** When it acted, by `performance.now()`; of what was before this process, no longer ago than it can have been. */
  readonly #acted: { readonly at: number; readonly drilled: boolean }[] = []
  #unsettled: { readonly asked: Asked; readonly began: number | undefined } | undefined
  #looked = 0

  constructor(journal: Pick<WatcherJournal, "entries" | "append">) {
    this.#journal = journal
    this.follow(undefined)
  }

  lately(now: number): Pick<Watch, "sinceLast" | "lately"> {
    const last = this.#acted.at(-1)
    return { sinceLast: last === undefined ? null : now - last.at, lately: this.#countedAt(now).length }
  }

  /** Why it would not act now, and how many milliseconds that lasts. */
  restraint(now: number): { readonly reason: string; readonly lasts: number } | undefined {
    const { sinceLast, lately } = this.lately(now)
    const reason = restraintOf({ sinceLast, lately })
    if (reason === undefined) return undefined
    // The first of those that are one too many.
    const first = this.#countedAt(now).at(-mostLately)
    const [calm, crowded] = [
      calmFor - (sinceLast ?? calmFor),
      first === undefined ? 0 : quarterOfAnHour - (now - first),
    ]
    return { reason, lasts: Math.max(calm, crowded) }
  }

  /** Rehearsals are wanted, however many. */
  #countedAt(now: number): number[] {
    return this.#acted.flatMap(({ at, drilled }) => (!drilled && now - at < quarterOfAnHour ? at : []))
  }

  /**
   * What was asked for came about when the register says so, whoever was told. `serves`: its primary said that it has come
   * to serving; otherwise a lease of its predecessor may not have run out yet.
   */
  settle({ epoch, primary, claim, lease }: Register, serves: boolean): void {
    if (this.#unsettled === undefined) return
    const { asked, began } = this.#unsettled
    if (epoch <= asked.epoch) return
    this.#unsettled = undefined
    if (primary !== asked.to) return
    const now = performance.now()
    const milliseconds = began === undefined ? null : Math.round(now - began)
    const { at: since, from, to, reason, drilled } = asked
    // Nobody sets the clock that counts since it was asked; of an earlier process's question only the other one tells.
    const settledAt = milliseconds === null ? Date.now() : Date.parse(since) + milliseconds
    const mayBeLost = lossOf(claim, asked, settledAt + (serves ? 0 : surelyOver(lease ?? 0)))
    const acted = { event: "acted", since, from, to, epoch, milliseconds, reason, drilled, claim } as const
    this.#journal.append({ ...acted, mayBeLost, at: new Date().toISOString() })
    this.follow(now)
  }

  /** To be called after each entry. `now`: by `performance.now()`; undefined for those of an earlier process. */
  follow(now: number | undefined): void {
    const { entries } = this.#journal
    for (const entry of entries.slice(Math.min(this.#looked, entries.length))) {
      if (entry.event === "asked") this.#unsettled = { asked: entry, began: now }
      if (entry.event !== "acted") continue
      this.#unsettled = undefined
      const at = now ?? performance.now() - Math.max(0, Date.now() - Date.parse(entry.at))
      this.#acted.push({ at, drilled: entry.drilled })
    }
    this.#looked = entries.length
  }
}

/** Found late, it is no less true: then the bound is wider. */
function lossOf(claim: Register["claim"], { at, heldUntil }: Asked, until: number): MayBeLost | null {
  if (claim === "in-sync") return null
  return boundOf({ lag: null, replayed: { position: 0, committedAt: heldUntil } }, Date.parse(at), until)
}
