import { type DrillEvent, type Load, planLoad } from "@chatops/stacks/drill"
import { startDrillLoad } from "../../../packages/cli/src/drill/load/start-drill-load.ts"

/** Short answers, so that saving them is most of the work. */
export const shortTurns: Load = {
  turnsPerSecond: 100,
  turnsPerConversation: 4,
  thinkTime: 0.05,
  streamed: 0.5,
  answerTokens: 4,
}

interface Asked {
  readonly url: string
  readonly key: string
  readonly perSecond: number
  readonly seconds: number
  readonly seed: number
  readonly record?: (event: DrillEvent) => void
}

export interface LoadMeasured {
  /** Turns acknowledged a second while the load ran. */
  readonly perSecond: number
  /** Milliseconds from when a turn was asked for until it was acknowledged, for half of them and for 99 in 100. */
  readonly median: number
  readonly slow: number
  /** Requests that were never acknowledged. */
  readonly failed: number
}

/** What drills ask for, measured by what its users see. */
export async function measuredLoad({ url, key, perSecond, seconds, seed, record }: Asked): Promise<LoadMeasured> {
  const sent = new Map<number, number>()
  const latencies: number[] = []
  let inTime = 0
  const take = (event: DrillEvent) => {
    record?.(event)
    if (event.event === "sent" && event.attempt === 0) sent.set(event.request, event.at)
    if (event.event !== "acknowledged") return
    latencies.push(event.at - (sent.get(event.request) ?? event.at))
    if (event.at < seconds * 1_000) inTime += 1
  }
  const running = startDrillLoad({
    ...{ url, key, record: take, origin: performance.now(), signal: new AbortController().signal },
    plan: planLoad({ ...shortTurns, turnsPerSecond: perSecond }, seed, { seconds }),
  })
  await running.finished
  await running.close()
  const sorted = latencies.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { perSecond: inTime / seconds, median: at(0.5), slow: at(0.99), failed: running.counts.failed }
}
