import type { DrillFigures } from "./drill-figures.ts"
import type { DrillHistory, EventOf } from "./drill-history.ts"
import { toThousandth } from "./drill-time.ts"
import { regionsOf } from "./fault.ts"
import { redundancyOf, wholeAgain } from "./redundancy.ts"
import { longestWithin, type Pause } from "./service-pauses.ts"

type Recovery = DrillFigures["recoveries"][number]

/** The drill itself, where nobody watches and it does what a person would: what it makes is no surprise to it. */
const person = "drill"

/** How the service came back after each fault. A fault is answered for until the next one is made. */
export function recoveriesOf(history: DrillHistory, pauses: readonly Pause[]): Recovery[] {
  const redundancy = redundancyOf(history)
  return history.faults.map((made, index) => {
    const next = history.faults[index + 1]?.at ?? Number.POSITIVE_INFINITY
    const since = (at: number | undefined) => (at === undefined ? null : toThousandth(at - made.at))
    const noticed = (what: EventOf<"noticed">["what"]) =>
      since(
        history.noticed.find(({ at, by, what: seen }) => seen === what && by !== person && at >= made.at && at < next)
          ?.at,
      )
    const { firstByte, acknowledged } = firstAfter(history, made.at)
    return {
      fault: made.fault.kind,
      regions: [...regionsOf(made.fault)],
      at: made.at,
      rto: acknowledged === undefined ? null : recoveryTime(pauses, made.at, next),
      detected: noticed("suspected"),
      claimed: noticed("claimed"),
      promoted: noticed("promoted"),
      firstByte: since(firstByte),
      acknowledged: since(acknowledged),
      redundant: since(wholeAgain(redundancy, made.at, next)),
    }
  })
}

/** Null where the record ends within the longest pause. */
function recoveryTime(pauses: readonly Pause[], fault: number, next: number): number | null {
  const within = pauses.filter(({ from, to }) => to > fault && from < next)
  const longest = longestWithin(within, fault, Number.POSITIVE_INFINITY)
  const neverEnded = within.some(pause => pause.open && pause.to - Math.max(pause.from, fault) === longest)
  return neverEnded && longest > 0 ? null : toThousandth(longest)
}

interface FirstAnswers {
  readonly firstByte: number | undefined
  readonly acknowledged: number | undefined
}

/** The first of all answers to requests that were first sent after the fault. */
function firstAfter({ requests }: DrillHistory, fault: number): FirstAnswers {
  let [firstByte, acknowledged] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const { sentAt, firstByteAt = firstByte, acknowledged: told } of requests.values()) {
    if (sentAt <= fault) continue
    firstByte = Math.min(firstByte, firstByteAt)
    acknowledged = Math.min(acknowledged, told?.at ?? acknowledged)
  }
  const unlessNever = (at: number) => (at === Number.POSITIVE_INFINITY ? undefined : at)
  return { firstByte: unlessNever(firstByte), acknowledged: unlessNever(acknowledged) }
}
