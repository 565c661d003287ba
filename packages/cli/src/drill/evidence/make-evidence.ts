import type { DrillEvent, DrillFigures, Scenario } from "@chatops/stacks/drill"
import type { LedgerFile, LedgerView } from "../../ledger/index.ts"
import { version } from "../../version.ts"
import { canonicalJSON } from "./canonical-json.ts"
import { latestOf, readChain } from "./chain.ts"
import { clockNotes } from "./clock-notes.ts"
import { DrillRecord, type Objectives } from "./drill-record.ts"
import { seal } from "./dsse.ts"
import { thisMachine } from "./machine.ts"
import { drillPlace, eventsFile, keyPlace, recordFile, reportFile, statementFile } from "./places.ts"
import { packEvents } from "./raw-events.ts"
import { sha256 } from "./sha256.ts"
import type { SigningKey } from "./signing-key.ts"
import { makeStatement, payloadType } from "./statement.ts"
import { outcomeOf, reasonToAbort, verdictOf } from "./verdict.ts"

/** A drill that is over, as whoever made it tells it. */
export interface DrillAccount {
  /** The operation's. */
  readonly id: string
  readonly app: string
  readonly environment: string
  readonly target: string
  readonly releases: readonly string[]
  /** ISO 8601, both. */
  readonly beganAt: string
  readonly endedAt: string
  readonly scenario: Scenario
  readonly actor: string
  readonly objectives: Objectives | null
  readonly figures: DrillFigures
  readonly events: readonly DrillEvent[]
  /** The events as they were recorded, one a line. */
  readonly lines: Buffer
}

export type RenderReport = (record: DrillRecord, events: readonly DrillEvent[]) => string

export interface Evidence {
  readonly record: DrillRecord
  /** Digest of the statement: what an auditor may be told, to find later that nothing is missing. */
  readonly statement: string
  /** For the ledger, in the commit of the operation's record. */
  readonly files: readonly LedgerFile[]
}

/** All that is kept of a drill, signed. */
export async function makeEvidence(
  account: DrillAccount,
  means: { readonly view: LedgerView; readonly key: SigningKey; readonly renderReport: RenderReport },
): Promise<Evidence> {
  const record = recordOf(account)
  const chain = await readChain(means.view, record.environment)
  const files = new Map([
    [eventsFile, packEvents(account.lines)],
    [recordFile, Buffer.from(canonicalJSON(record))],
    [reportFile, Buffer.from(means.renderReport(record, account.events))],
  ])
  const statement = makeStatement(
    record,
    files,
    // A resumed operation may find its own from before.
    latestOf(chain.filter(({ id }) => id !== record.id)).map(({ digest }) => digest),
  )
  const sealed = seal(payloadType, Buffer.from(canonicalJSON(statement)), means.key)
  const place = drillPlace(record.environment, record.id)
  return {
    record,
    statement: sha256(sealed),
    files: [
      ...[...files, [statementFile, sealed] as const].map(([name, content]) => ({ path: `${place}/${name}`, content })),
      { path: keyPlace(record.environment, means.key.keyId), content: Buffer.from(means.key.publicPem) },
    ],
  }
}

function recordOf({ events, lines, objectives, figures, ...account }: DrillAccount): DrillRecord {
  const verdict = verdictOf(figures, objectives)
  const [aborted, clock] = [reasonToAbort(events), clockNotes(events)]
  return DrillRecord.parse({
    format: 1,
    ...account,
    chatops: version,
    machine: thisMachine(),
    objectives,
    verdict,
    outcome: outcomeOf(verdict, events, figures),
    ...(aborted !== undefined && { aborted }),
    ...(clock.length > 0 && { clock }),
    figures,
    rawEvents: { file: eventsFile, sha256: sha256(lines), count: events.length, bytes: lines.length },
  } satisfies DrillRecord | Record<string, unknown>)
}
