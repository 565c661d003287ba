import { setTimeout as delay } from "node:timers/promises"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { figuresOfChanges } from "./change-figures.ts"
import { untilInSync } from "./environment.ts"
import { longestPause } from "./span.ts"
import { type Load, underLoad } from "./under-load.ts"

/** Milliseconds after each, in which the former primary joins again. */
const afterwards = 5_000

/** To and fro, under load. */
export async function measurePlanned(app: TestApp, changes: number): Promise<Figure[]> {
  const pauses: number[] = []
  const { saw, streams } = await underLoad(app, async load => {
    for (let change = 1; change <= changes; change++) {
      await untilInSync(app)
      const { outcome, pause } = await plannedFailover(app, load)
      if (outcome === "succeeded") pauses.push(pause)
      console.error(`planned ${change} of ${changes}: ${outcome}, ${Math.round(pause)} ms`)
    }
  })
  return [
    ...figuresOfChanges({ name: "planned", wanted: changes, pauses, limit: 500, saw }),
    { name: "planned: streams begun again", value: streams.retried + streams.resumed, unit: "streams" },
  ]
}

/** `pause`: milliseconds in which no turn was acknowledged, from before it was asked for until everybody is back. */
export async function plannedFailover(
  app: TestApp,
  { events, now }: Load,
  ...flags: string[]
): Promise<{ readonly outcome: string; readonly pause: number }> {
  const from = now()
  const { outcome = "refused" } = await app.json<{ outcome?: string }>("failover", "--planned", ...flags, "--yes")
  await delay(afterwards)
  return { outcome, pause: longestPause(events, { from, to: now() }) }
}
