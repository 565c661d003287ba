import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { WatcherAction } from "@chatops/stacks"
import { readIfExists, writeDurably } from "@chatops/stacks/process"
import * as z from "zod"
import type { LedgerRecord } from "../ledger/index.ts"
import type { OperationServices } from "./operation.ts"

const Recorded = z.array(z.string())

/** What came of a contact with the ledger. */
export interface WatcherContact {
  /** How many of the watcher's failovers were written now. */
  readonly written: number
  /** Those that could not be, as they will be written; */
  readonly toCome: readonly LedgerRecord[]
  /** and why, for people; null: there are none. */
  readonly why: string | null
  readonly error?: unknown
}

/**
 * What the watcher did by itself comes to the ledger whenever anybody is in contact with it. Keeps nobody from what they
 * do: never throws.
 */
export async function recordWatcherActions(
  services: Pick<OperationServices, "environment" | "target" | "ledger">,
  signal: AbortSignal,
): Promise<WatcherContact> {
  const file = join(services.environment.directories.state, "watcher-recorded.json")
  const recorded = await idsIn(file)
  const actions = await services.target.watcherActions(signal).catch(() => [])
  const due = actions.filter(action => !recorded.includes(idOf(action)))
  let written = 0
  try {
    for (const action of due) {
      const ledger = await services.ledger()
      if ((await ledger.entry(idOf(action))) === undefined) await ledger.append(recordOf(action, services))
      written++
    }
    return { written, toCome: [], why: null }
  } catch (error) {
    return {
      written,
      toCome: due.slice(written).map(action => recordOf(action, services)),
      why: (error as Error).message,
      error,
    }
  } finally {
    const left = new Set(due.slice(written))
    const present = actions.filter(action => !left.has(action))
    // Who looks may be another user, and the next contact finds them in the ledger.
    if (written > 0 && existsSync(dirname(file)))
      await writeDurably(file, JSON.stringify(present.map(idOf))).catch(() => undefined)
  }
}

/** A line for people; nothing where nothing is to come. */
export function tellToCome({ toCome, why }: WatcherContact): string[] {
  if (why === null) return []
  const count = `${toCome.length} failover${toCome.length === 1 ? "" : "s"} of the watcher`
  return [`${count} ${toCome.length === 1 ? "is" : "are"} still to come to the ledger: ${why}`]
}

async function idsIn(file: string): Promise<readonly string[]> {
  try {
    return Recorded.parse(JSON.parse((await readIfExists(file)) ?? "[]"))
  } catch {
    return []
  }
}

/** By its time, whatever clock that was. */
const idOf = ({ since }: WatcherAction): string => `op-${since.replace(/[-:.Z]/g, "").replace("T", "-")}-watch`

/** It knows of no release and no commit: whoever records it may be at another one. */
function recordOf(action: WatcherAction, { environment }: Pick<OperationServices, "environment">): LedgerRecord {
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
