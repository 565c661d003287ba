import { setTimeout as delay } from "node:timers/promises"
import { type DrillEvent, figuresOf, planLoad } from "@chatops/stacks/drill"
import { startDrillLoad } from "../../../packages/cli/src/drill/load/start-drill-load.ts"
import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { longestPause } from "./drills.ts"
import { untilInSync } from "./environment.ts"
import { shortTurns } from "./measured-load.ts"
import { atLeast, atMost, middle, wrong } from "./statistics.ts"

const perSecond = 200
const plannedChanges = 5
/** Milliseconds: just-in-time compilers come to what they need, and the first sessions are opened. */
const warmUp = 15_000
/** Milliseconds after each, in which the former primary joins again. */
const afterwards = 5_000
/** Seconds; it is stopped when the changes are over. */
const longest = 600

/** To and fro, under load. */
export async function measurePlanned(app: TestApp): Promise<Figure[]> {
  const { entry } = await app.json<StatusDocument>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const events: DrillEvent[] = []
  const origin = performance.now()
  const load = startDrillLoad({
    ...{ url: entry.url ?? "", key, origin, signal: new AbortController().signal },
    plan: planLoad({ ...shortTurns, turnsPerSecond: perSecond }, 1, { seconds: longest }),
    record: event => events.push(event),
  })
  await delay(warmUp)
  const pauses: number[] = []
  for (let change = 0; change < plannedChanges; change++) {
    await untilInSync(app)
    const from = performance.now() - origin
    await app.json("failover", "--planned", "--yes")
    await delay(afterwards)
    pauses.push(longestPause(events, from, performance.now() - origin))
    console.error(`planned ${change + 1} of ${plannedChanges}: ${Math.round(pauses.at(-1) ?? Number.NaN)} ms`)
  }
  load.stop()
  await load.finished
  const seconds = (performance.now() - origin) / 1_000
  await load.readBack()
  await load.close()
  const { requests, turns, streams } = figuresOf(events)
  // An answer that broke off with an event that asks for a repeat is none that failed.
  const failed = events.filter(event => event.event === "failed" && event.how !== "told").length
  return [
    {
      name: "planned: turns acknowledged per second",
      value: turns.acknowledged / seconds,
      unit: "/s",
      limit: atLeast(190),
    },
    { name: `planned: writes paused, median of ${plannedChanges}`, value: middle(pauses), unit: "ms" },
    { name: "planned: writes paused, worst", value: Math.max(...pauses), unit: "ms", limit: atMost(500) },
    {
      name: "planned: requests that failed, were they repeated or not",
      value: failed,
      unit: "requests",
      limit: atMost(0),
    },
    { name: "planned: requests never acknowledged", value: requests.failed, unit: "requests", limit: atMost(0) },
    { name: "planned: streams begun again", value: streams.retried + streams.resumed, unit: "streams" },
    { name: "planned: turns lost, doubled, out of order", value: wrong(turns), unit: "turns", limit: atMost(0) },
  ]
}
