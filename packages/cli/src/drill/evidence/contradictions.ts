import { type DrillEvent, faultName } from "@chatops/stacks/drill"
import { canonicalJSON } from "./canonical-json.ts"
import type { DrillRecord } from "./drill-record.ts"
import { reasonToAbort } from "./verdict.ts"

/** What the record says of the drill, beside its figures, and the events tell otherwise. */
export const contradictions = (
  record: Pick<DrillRecord, "scenario" | "beganAt" | "endedAt">,
  events: readonly DrillEvent[],
): string[] => [...ofFaults(record, events), ...ofTime(record, events)]

/** What broke is what the scenario names, and all of it, unless the drill was given up before. */
function ofFaults({ scenario }: Pick<DrillRecord, "scenario">, events: readonly DrillEvent[]): string[] {
  const made = events.flatMap(event => (event.event === "fault-made" ? event.fault : []))
  const isCutShort = reasonToAbort(events) !== undefined
  const planned = scenario.faults.map(({ fault }) => fault)
  return [
    ...without(made, planned).map(fault => `${faultName(fault)} was made, and the scenario does not name it`),
    ...(isCutShort ? [] : without(planned, made)).map(
      fault => `the scenario names ${faultName(fault)}, and it was not made`,
    ),
  ]
}

/** Those of one list that the other has not, as often as it has not. */
function without<Fault>(faults: readonly Fault[], others: readonly Fault[]): Fault[] {
  const left = others.map(canonicalJSON)
  return faults.filter(fault => {
    const at = left.indexOf(canonicalJSON(fault))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** By how much clocks are rounded, in milliseconds. */
const rounding = 1_000
/** From the last event to the end, in milliseconds: closing down, and a read-back that fails, which takes a minute. */
const longestEnding = 120_000

/** The drill lasted as long as its events. What regions noticed is told by their own clocks, and proves nothing here. */
function ofTime({ beganAt, endedAt }: Pick<DrillRecord, "beganAt" | "endedAt">, events: readonly DrillEvent[]) {
  const lasted = Date.parse(endedAt) - Date.parse(beganAt)
  const last = events.reduce((latest, { event, at }) => (event === "noticed" ? latest : Math.max(latest, at)), 0)
  if (last <= lasted + rounding && lasted <= last + longestEnding) return []
  return [`it began at ${beganAt} and ended at ${endedAt}, and its last event is ${last} ms from its beginning`]
}
