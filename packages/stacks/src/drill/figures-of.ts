import { distributionOf } from "./distribution.ts"
import type { DrillEvent } from "./drill-event.ts"
import type { DrillFigures } from "./drill-figures.ts"
import { type DrillHistory, historyOf, type RequestHistory } from "./drill-history.ts"
import { toThousandth } from "./drill-time.ts"
import { violationsOf } from "./judge-history.ts"
import { type ReadBackFinding, readBackFindings } from "./read-back-findings.ts"
import { recoveriesOf } from "./recoveries.ts"
import { longestWithin, pausesOf } from "./service-pauses.ts"
import { streamCounts } from "./stream-counts.ts"

/** A part of a drill, in its milliseconds. `to` is the first moment that is no part of it. */
export interface DrillSpan {
  readonly from: number
  readonly to: number
}

const whole: DrillSpan = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

/**
 * What the events come to; the same events give the same figures. With a span: of the requests that were first sent in
 * it, with all that became of them, and of the faults, pauses and violations within.
 */
export function figuresOf(events: readonly DrillEvent[], span: DrillSpan = whole): DrillFigures {
  const history = historyOf(events)
  const within = ({ at }: { readonly at: number }) => at >= span.from && at < span.to
  const requests = [...history.requests.values().filter(({ sentAt }) => within({ at: sentAt }))]
  const pauses = pausesOf(history)
  const findings = readBackFindings(history)
  const chosen = new Set(requests)
  const concerned = findings.filter(({ request }) => request && chosen.has(request))
  return {
    recoveries: recoveriesOf(history, pauses).filter(within),
    turns: turnFigures(requests, concerned),
    ...attemptFigures(history, requests),
    longestPause: toThousandth(longestWithin(pauses, span.from, span.to)),
    violations: violationsOf(history, findings).filter(within),
  }
}

function turnFigures(requests: readonly RequestHistory[], findings: readonly ReadBackFinding[]): DrillFigures["turns"] {
  const number = (rule: ReadBackFinding["rule"]) => findings.filter(finding => finding.rule === rule).length
  return {
    requested: requests.length,
    acknowledged: requests.filter(({ acknowledged }) => acknowledged).length,
    lost: number("lost"),
    doubled: number("doubled"),
    outOfOrder: number("order"),
    altered: number("altered"),
    unknown: number("unknown"),
  }
}

function attemptFigures(
  history: DrillHistory,
  requests: readonly RequestHistory[],
): Pick<DrillFigures, "requests" | "streams"> {
  const numbers = new Set(requests.map(({ request }) => request))
  const events = history.events.filter(event => "request" in event && numbers.has(event.request))
  const sent = events.filter(event => event.event === "sent")
  const failed = events.filter(event => event.event === "failed")
  return {
    requests: {
      attempts: sent.length,
      failedAttempts: countBy(failed.map(({ how }) => how)),
      failed: requests.filter(({ acknowledged, givenUpAt }) => !acknowledged && givenUpAt !== undefined).length,
      latency: distributionOf(
        requests.flatMap(({ sentAt, acknowledged }) => (acknowledged ? acknowledged.at - sentAt : [])),
      ),
      firstByte: distributionOf(
        requests.flatMap(({ sentAt, firstByteAt }) => (firstByteAt === undefined ? [] : firstByteAt - sentAt)),
      ),
      lateness: distributionOf(sent.map(({ at, due }) => Math.max(0, at - due))),
    },
    streams: streamCounts(events),
  }
}

/** In the order of their names, so that the same figures are the same text. */
function countBy(names: readonly string[]): Record<string, number> {
  const counts = Object.entries(Object.groupBy(names, name => name)).map(
    ([name, all = []]) => [name, all.length] as const,
  )
  return Object.fromEntries(counts.sort(([a], [b]) => (a < b ? -1 : 1)))
}
