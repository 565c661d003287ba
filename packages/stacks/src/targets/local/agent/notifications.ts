import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { NotifyStatus } from "../../../environment-state.ts"
import { eventOf, outboxDirectory } from "../../../notify/announce.ts"
import { Outbox } from "../../../notify/outbox.ts"
import { Sender } from "../../../notify/sender.ts"
import { inspectParts } from "../operations/inspect.ts"
import type { CutWays } from "./cut-ways.ts"
import { Lookout } from "./lookout.ts"
import type { RoleContext } from "./role.ts"
import type { NotifySpec } from "./spec.ts"
import type { WatcherJournal } from "./watcher-journal.ts"

/** Sends what is in the outbox, and puts there what the entry itself sees, as long as somebody is to be told. */
export class Notifications {
  readonly #context: RoleContext
  readonly #journal: Pick<WatcherJournal, "entries">
  readonly #ways: Pick<CutWays, "isCut">
  #spec: NotifySpec | null = null
  #present: { readonly sender: Sender; readonly lookout: Lookout } | undefined

  constructor(
    context: RoleContext,
    journal: Pick<WatcherJournal, "entries">,
    ways: Pick<CutWays, "isCut"> = { isCut: () => false },
  ) {
    this.#context = context
    this.#journal = journal
    this.#ways = ways
  }

  apply(spec: NotifySpec | null): void {
    if (isDeepStrictEqual(spec, this.#spec)) return
    this.stop()
    this.#spec = spec
    if (spec !== null) this.#begin(spec)
  }

  get status(): NotifyStatus | null {
    return this.#present?.sender.status ?? null
  }

  stop(): void {
    this.#present?.sender.stop()
    this.#present?.lookout.stop()
    this.#present = undefined
  }

  #begin(spec: NotifySpec): void {
    const { state, run, regions, receivers } = spec
    const outbox = new Outbox(outboxDirectory(state))
    const urls = receivers.map(({ url }) => url)
    const lookout = new Lookout({
      file: join(this.#context.directory, "told.json"),
      inspect: () => inspectParts({ state, run }, regions, region => !this.#ways.isCut(region)),
      actions: () => this.#journal.entries.filter(entry => entry.event === "acted"),
      tell: announcement => outbox.add(eventOf(spec, announcement), urls),
    })
    this.#present = { sender: new Sender(outbox, receivers, () => this.#context.changed()), lookout }
  }
}
