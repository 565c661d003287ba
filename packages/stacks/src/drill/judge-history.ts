import type { DrillEvent } from "./drill-event.ts"
import type { DrillFigures } from "./drill-figures.ts"
import { type DrillHistory, historyOf } from "./drill-history.ts"
import { positionViolations } from "./position-violations.ts"
import { type ReadBackFinding, readBackFindings } from "./read-back-findings.ts"
import { registerViolations } from "./register-violations.ts"

export type Violation = DrillFigures["violations"][number]

/**
 * What clients saw that the failover protocol does not allow, in order of time; empty when it was kept.
 *
 * - of what was read back: `lost`, `doubled`, `order`, `altered`, `foreign`, `unread` ({@link readBackFindings})
 * - of acknowledgements: `acknowledged-twice`, `shared-answer`, `unsent`
 * - of where turns were committed: `epoch-went-back`, `beyond-the-fork` ({@link positionViolations})
 * - of the register: `register-went-back`, `register-changed` ({@link registerViolations})
 *
 * Losses are no violation where the register promised `async` all the time: the RPO judges them. Those of a forced claim
 * are violations here, and for whoever reports them to compare with what was foretold.
 */
export function judgeHistory(events: readonly DrillEvent[]): Violation[] {
  const history = historyOf(events)
  return violationsOf(history, readBackFindings(history))
}

/** The same, of what was worked out before. */
export function violationsOf(history: DrillHistory, findings: readonly ReadBackFinding[]): Violation[] {
  const given = mayLose(history) ? findings.filter(({ rule }) => rule === "lost") : []
  // What the next primary lacks was committed where it did not follow.
  const lost = new Set(given.flatMap(({ request }) => request?.request ?? []))
  return [
    ...findings
      .filter(finding => finding.rule !== "unknown" && !given.includes(finding))
      .map(({ rule, detail, at }) => ({ rule, detail, at })),
    ...acknowledgementViolations(history),
    ...positionViolations(history, lost),
    ...registerViolations(history),
  ].sort((a, b) => a.at - b.at)
}

const mayLose = ({ registers }: DrillHistory): boolean =>
  registers.length > 0 && registers.every(({ register }) => register.durability === "async")

function* acknowledgementViolations({ requests, unsent }: DrillHistory): Generator<Violation> {
  const owners = new Map<string, number>()
  for (const { request, acknowledged, again } of requests.values()) {
    if (acknowledged === undefined) continue
    for (const { at, response } of again) {
      const detail = `request ${request} was acknowledged as ${acknowledged.response}, and then as ${response}`
      if (response !== acknowledged.response) yield { rule: "acknowledged-twice", at, detail }
    }
    const { response, at } = acknowledged
    const owner = owners.get(response)
    if (owner === undefined) owners.set(response, request)
    else yield { rule: "shared-answer", at, detail: `${response} was told to requests ${owner} and ${request}` }
  }
  for (const { request, event, at } of unsent)
    yield { rule: "unsent", at, detail: `request ${request} has the event ${event}, and was never sent` }
}
