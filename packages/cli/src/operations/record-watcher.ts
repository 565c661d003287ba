import { join } from "node:path"
import type { WatcherAction } from "@chatops/stacks"
import { readIfExists, writeDurably } from "@chatops/stacks/process"
import * as z from "zod"
import type { LedgerRecord } from "../ledger/index.ts"
import type { OperationServices } from "./operation.ts"

const Recorded = z.array(z.string()).catch([])

/** What the watcher did by itself comes to the ledger with the next record of anybody's. */
export async function recordWatcherActions(services: OperationServices, signal: AbortSignal): Promise<void> {
  const file = join(services.environment.directories.state, "watcher-recorded.json")
  const recorded = Recorded.parse(JSON.parse((await readIfExists(file)) ?? "[]"))
  const actions = await services.target.watcherActions(signal)
  const due = actions.filter(action => !recorded.includes(idOf(action)))
  if (due.length === 0) return
  const ledger = await services.ledger()
  for (const action of due)
    if ((await ledger.entry(idOf(action))) === undefined) await ledger.append(recordOf(action, services))
  await writeDurably(file, JSON.stringify(actions.map(idOf)))
}

/** By its time, whatever clock that was. */
const idOf = ({ since }: WatcherAction): string => `op-${since.replace(/[-:.Z]/g, "").replace("T", "-")}-watch`

/** It knows of no release and no commit: whoever records it may be at another one. */
function recordOf(action: WatcherAction, { environment }: OperationServices): LedgerRecord {
  const { since, at, from, to, epoch, milliseconds, claim, mayBeLost, reason } = action
  const took = milliseconds === null ? "" : `, after ${milliseconds} ms`
  return {
    schema: 1,
    id: idOf(action),
    kind: "failover",
    environment: environment.config.name,
    app: environment.app.app,
    startedAt: since,
    finishedAt: at,
    outcome: "succeeded",
    actor: "watcher",
    commit: null,
    dirty: false,
    steps: [{ name: "claim", startedAt: since, durationMs: milliseconds ?? 0, outcome: "succeeded" }],
    summary: `${to} is primary at epoch ${epoch}${took}: ${reason}`,
    result: { from, to, epoch, milliseconds, planned: false, claim, mayBeLost, reason },
  }
}
