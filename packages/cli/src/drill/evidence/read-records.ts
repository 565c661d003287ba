import { faultName } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import type { LedgerView } from "../../ledger/index.ts"
import { DrillRecord } from "./drill-record.ts"
import { drillOf, drillPlace, drillsPlace, recordFile, reportFile } from "./places.ts"
import { longestRecovery } from "./verdict.ts"

export interface RecordChoice {
  readonly environment?: string | undefined
  readonly id?: string | undefined
  readonly limit: number
}

/**
 * Records of drills, newest first, taken at their word.
 * @throws {ChatopsError} DRILL_RECORD_UNREADABLE, LEDGER_UNREADABLE
 */
export async function readRecords(view: LedgerView, choice: RecordChoice): Promise<readonly DrillRecord[]> {
  const paths = view.files(drillsPlace).filter(path => {
    const drill = drillOf(path)
    if (drill?.file !== recordFile) return false
    return (choice.environment ?? drill.environment) === drill.environment && (choice.id ?? drill.id) === drill.id
  })
  // Ids begin with the time.
  const newest = paths
    .toSorted((a, b) => ((drillOf(a)?.id ?? "") < (drillOf(b)?.id ?? "") ? 1 : -1))
    .slice(0, choice.limit)
  return [...(await view.read(newest))].map(([path, content]) => parse(path, content))
}

/** Those of an environment that this version of chatops knows, in no order: for what compares them. */
export async function knownRecords(view: LedgerView, environment: string): Promise<readonly DrillRecord[]> {
  const paths = view.files(`${drillsPlace}/${environment}`).filter(path => drillOf(path)?.file === recordFile)
  return [...(await view.read(paths)).values()].flatMap(content => {
    try {
      return DrillRecord.parse(JSON.parse(content.toString("utf8")))
    } catch {
      return []
    }
  })
}

/** What one line tells of a drill. */
export function summaryOf({ id, environment, scenario, outcome, verdict, endedAt, figures, actor }: DrillRecord) {
  const [rtoMs, lost] = [longestRecovery(figures), figures.turns.lost]
  const { name, seed, faults } = scenario
  const broke = faults.map(({ fault }) => faultName(fault))
  const [rtoMet, rpoMet] = [verdict.rto?.met ?? null, verdict.rpo?.met ?? null]
  const came = { outcome, endedAt, rtoMs, rtoMet, lost, rpoMet }
  return { id, environment, scenario: name, seed, faults: broke, ...came, actor }
}

/** @throws {ChatopsError} DRILL_FILE_MISSING */
export async function reportOf(view: LedgerView, { environment, id }: DrillRecord): Promise<Buffer> {
  const path = `${drillPlace(environment, id)}/${reportFile}`
  const content = (await view.read([path])).get(path)
  if (content === undefined) throw new ChatopsError("DRILL_FILE_MISSING", `the ledger has no ${path}`)
  return content
}

function parse(path: string, content: Buffer): DrillRecord {
  try {
    return DrillRecord.parse(JSON.parse(content.toString("utf8")))
  } catch {
    throw new ChatopsError(
      "DRILL_RECORD_UNREADABLE",
      `${path} is no record of a drill that this version of chatops knows`,
    )
  }
}
