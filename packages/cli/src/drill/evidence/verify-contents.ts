import type { DrillEvent, DrillFigures } from "@chatops/stacks/drill"
import { type DrillCheck, failed, passed } from "./check.ts"
import { clockNotes } from "./clock-notes.ts"
import { contradictions } from "./contradictions.ts"
import { type Difference, differences, tellDifference } from "./differences.ts"
import { DrillRecord } from "./drill-record.ts"
import type { RenderReport } from "./make-evidence.ts"
import { eventsFile, recordFile, reportFile } from "./places.ts"
import { unpackEvents } from "./raw-events.ts"
import { type DrillStatement, summaryOf } from "./statement.ts"
import { outcomeOf, reasonToAbort, verdictOf } from "./verdict.ts"

/** How this version of chatops comes from events to everything else. */
export interface Rules {
  readonly figuresOf: (events: readonly DrillEvent[]) => DrillFigures
  readonly renderReport: RenderReport
  /** Of chatops: a report of another one is not rendered again. */
  readonly version: string
}

type Files = ReadonlyMap<string, Buffer>

export function verifyRecord(
  place: string,
  files: Files,
  statement: DrillStatement | undefined,
): { readonly record: DrillRecord | undefined; readonly checks: readonly DrillCheck[] } {
  const content = files.get(recordFile)
  if (content === undefined) return { record: undefined, checks: [] }
  const file = `${place}/${recordFile}`
  const parsed = DrillRecord.safeParse(parseJSON(content))
  if (!parsed.success) {
    const detail = "it is no record of a drill that this version of chatops knows"
    return { record: undefined, checks: [failed("record", "DRILL_RECORD_UNREADABLE", file, detail)] }
  }
  const record = parsed.data
  const { previous, ...stated } = statement?.predicate ?? { previous: [] }
  const found = statement ? differences(stated, summaryOf(record)) : []
  return {
    record,
    checks:
      found.length === 0
        ? [passed("record", `says what was signed about it`)]
        : found.map(({ path, recorded, follows }) =>
            failed(
              "record",
              "DRILL_FILE_ALTERED",
              file,
              `${path}: signed was ${JSON.stringify(recorded)}, and the record comes to ${JSON.stringify(follows)}`,
            ),
          ),
  }
}

/** From the raw events up: figures, verdict and report are made again, and have to come out the same. */
export function verifyContents(place: string, files: Files, record: DrillRecord, rules: Rules): readonly DrillCheck[] {
  const packed = files.get(eventsFile)
  if (packed === undefined) return []
  let events: readonly DrillEvent[]
  try {
    events = unpackEvents(packed, record.rawEvents)
  } catch (error) {
    return [failed("events", "DRILL_FILE_ALTERED", `${place}/${eventsFile}`, (error as Error).message)]
  }
  return [
    ...verifyAccount(place, events, record),
    ...verifyFigures(place, events, record, rules),
    ...verifyVerdict(place, events, record),
    ...verifyReport(place, files, events, record, rules),
  ]
}

function verifyAccount(place: string, events: readonly DrillEvent[], record: DrillRecord): readonly DrillCheck[] {
  const found = contradictions(record, events)
  if (found.length === 0)
    return [passed("events", `${events.length} events are those of the record, of its scenario and of its time`)]
  return found.map(detail => failed("events", "DRILL_FIGURES_DIFFER", `${place}/${recordFile}`, detail))
}

function verifyFigures(place: string, events: readonly DrillEvent[], record: DrillRecord, { figuresOf }: Rules) {
  const found = differences(record.figures, figuresOf(events))
  if (found.length === 0) return [passed("figures", "every figure follows from the events")]
  return tellAll(found, detail => failed("figures", "DRILL_FIGURES_DIFFER", `${place}/${recordFile}`, detail))
}

function verifyVerdict(place: string, events: readonly DrillEvent[], record: DrillRecord) {
  const verdict = verdictOf(record.figures, record.objectives)
  const told = { aborted: reasonToAbort(events), clock: clockNotes(events) }
  const follows = { verdict, outcome: outcomeOf(verdict, events, record.figures), ...told }
  const { outcome, aborted, clock = [] } = record
  const found = differences({ verdict: record.verdict, outcome, aborted, clock }, follows)
  if (found.length === 0) return [passed("verdict", `${record.outcome} follows from figures and objectives`)]
  return tellAll(found, detail => failed("verdict", "DRILL_VERDICT_DIFFERS", `${place}/${recordFile}`, detail))
}

const toldDifferences = 20

function tellAll(found: readonly Difference[], tell: (detail: string) => DrillCheck): readonly DrillCheck[] {
  const more = found.length - toldDifferences
  return [
    ...found.slice(0, toldDifferences).map(difference => tell(tellDifference(difference))),
    ...(more > 0 ? [tell(`and ${more} more`)] : []),
  ]
}

function verifyReport(place: string, files: Files, events: readonly DrillEvent[], record: DrillRecord, rules: Rules) {
  const report = files.get(reportFile)
  if (report === undefined) return []
  if (record.chatops !== rules.version) {
    const detail = `not rendered again: chatops ${record.chatops} wrote it, and this is ${rules.version}`
    return [passed("report", detail)]
  }
  if (report.equals(Buffer.from(rules.renderReport(record, events))))
    return [passed("report", "rendered again, it is the same")]
  return [
    failed(
      "report",
      "DRILL_REPORT_DIFFERS",
      `${place}/${reportFile}`,
      "rendered again from record and events, it is another",
    ),
  ]
}

function parseJSON(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8"))
  } catch {
    return undefined
  }
}
