import { setTimeout as delay } from "node:timers/promises"
import { type DrillEvent, type DrillFigures, figuresOf, planLoad } from "@chatops/stacks/drill"
import { startDrillLoad } from "../../../packages/cli/src/drill/load/start-drill-load.ts"
import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import { fullRate, type UsersSaw } from "./change-figures.ts"
import { shortTurns } from "./measured-load.ts"
import { failedAttempts } from "./span.ts"
import { wrong } from "./statistics.ts"

/** Milliseconds: just-in-time compilers come to what they need, and the first sessions are opened. */
const warmUp = 15_000
/** Seconds; it is stopped when the work is over. */
const longest = 1_800

/** A load that is under way; times are milliseconds since it began. */
export interface Load {
  /** What its users did and saw so far, in the order of time. */
  readonly events: readonly DrillEvent[]
  now(): number
}

export interface LoadEnded {
  /** From the load's begin until its last user had gone, whatever was done meanwhile. */
  readonly saw: UsersSaw
  readonly streams: DrillFigures["streams"]
}

/** Does the work at the full rate, and reads every conversation back. */
export async function underLoad(app: TestApp, work: (load: Load) => Promise<void>): Promise<LoadEnded> {
  const { entry } = await app.json<StatusDocument>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const events: DrillEvent[] = []
  const origin = performance.now()
  const now = () => performance.now() - origin
  const load = startDrillLoad({
    ...{ url: entry.url ?? "", key, origin, signal: new AbortController().signal },
    plan: planLoad({ ...shortTurns, turnsPerSecond: fullRate }, 1, { seconds: longest }),
    record: event => events.push(event),
  })
  try {
    await delay(warmUp)
    await work({ events, now })
  } finally {
    load.stop()
    await load.finished
  }
  const seconds = now() / 1_000
  await load.readBack()
  await load.close()
  const { turns, requests, streams } = figuresOf(events)
  return {
    saw: {
      rate: turns.acknowledged / seconds,
      failedAttempts: failedAttempts(events, { from: 0, to: Number.POSITIVE_INFINITY }),
      neverAcknowledged: requests.failed,
      wrong: wrong(turns),
    },
    streams,
  }
}
