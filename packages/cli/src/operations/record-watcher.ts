import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { WatcherAction } from "@chatops/stacks"
import { readIfExists } from "@chatops/stacks/process"
import type { LedgerRecord } from "../ledger/index.ts"
import type { OperationServices } from "./operation.ts"

/** What the watcher did by itself comes to the ledger with the next operation that anybody runs. */
export async function recordWatcherActions(services: OperationServices, signal: AbortSignal): Promise<void> {
  const marker = join(services.environment.directories.state, "watcher-recorded")
  const recorded = (await readIfExists(marker)) ?? ""
  const due = (await services.target.watcherActions(signal)).filter(({ at }) => at > recorded)
  if (due.length === 0) return
  const ledger = await services.ledger()
  for (const action of due) {
    const record = await recordOf(action, services)
    if ((await ledger.entry(record.id)) === undefined) await ledger.append(record)
    mkdirSync(dirname(marker), { recursive: true })
    writeFileSync(marker, action.at)
  }
}

async function recordOf(
  { since, at, from, to, epoch, milliseconds, reason }: WatcherAction,
  { environment, repository }: OperationServices,
): Promise<LedgerRecord> {
  const { head, dirty } = await repository()
  return {
    schema: 1,
    id: `op-${since.replace(/[-:.Z]/g, "").replace("T", "-")}-watch`,
    kind: "failover",
    environment: environment.config.name,
    app: environment.app.app,
    startedAt: since,
    finishedAt: at,
    outcome: "succeeded",
    release: environment.release,
    actor: "watcher",
    commit: head,
    dirty,
    steps: [{ name: "claim", startedAt: since, durationMs: milliseconds, outcome: "succeeded" }],
    summary: `${to} is primary at epoch ${epoch}, after ${milliseconds} ms: ${reason}`,
    result: { from, to, epoch, milliseconds, planned: false, reason },
  }
}
