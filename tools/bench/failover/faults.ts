import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { DrillEvent } from "@chatops/stacks/drill"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { eventsOf, runDrills } from "./drills.ts"
import { untilWhole } from "./environment.ts"
import { atMost, middle, sumOf, wrong } from "./statistics.ts"

/** Limits in milliseconds. */
export interface MeasuredFault {
  readonly scenario: string
  readonly median: number
  readonly worst: number
}

export interface Measured {
  readonly scenario: string
  /** Median, in milliseconds. */
  readonly rto: number
  readonly drills: Awaited<ReturnType<typeof runDrills>>
  readonly figures: readonly Figure[]
}

/** `prefix`: what the environment promises, where it is not `zero-loss`. */
export async function measureFault(
  app: TestApp,
  { scenario, median, worst }: MeasuredFault,
  { rounds, prefix = "" }: { readonly rounds: number; readonly prefix?: string },
): Promise<Measured> {
  const drills: Measured["drills"][number][] = []
  while (drills.length < rounds) {
    await untilWhole(app)
    drills.push(...(await runDrills(app, scenario, 1)))
    const [{ rto = null } = {}] = drills.at(-1)?.figures.recoveries ?? []
    console.error(`${prefix}${scenario} ${drills.length} of ${rounds}: ${rto} ms`)
  }
  const figures = drills.map(drill => drill.figures)
  const rtos = figures.map(({ recoveries }) => recoveries[0]?.rto ?? Number.POSITIVE_INFINITY)
  const name = `${prefix}${scenario}`
  const lossless = prefix === ""
  return {
    scenario,
    rto: middle(rtos),
    drills,
    figures: [
      { name: `${name}: RTO, median of ${rtos.length}`, value: middle(rtos), unit: "ms", limit: atMost(median) },
      { name: `${name}: RTO, worst`, value: Math.max(...rtos), unit: "ms", limit: atMost(worst) },
      { name: `${name}: turns acknowledged`, value: sumOf(figures, turns => turns.acknowledged), unit: "turns" },
      {
        name: `${name}: lost`,
        value: sumOf(figures, ({ lost }) => lost),
        unit: "turns",
        ...(lossless && { limit: atMost(0) }),
      },
      {
        name: `${name}: doubled, out of order, altered`,
        value: sumOf(figures, turns => wrong({ ...turns, lost: 0 })),
        unit: "turns",
        limit: atMost(0),
      },
      ...(lossless ? [] : [await unreported(app, name, drills)]),
      {
        name: `${name}: requests never acknowledged`,
        value: figures.reduce((all, { requests }) => all + requests.failed, 0),
        unit: "requests",
      },
    ],
  }
}

/** When the former primaries' disks have come back and were read, every turn that a drill missed is in a file. */
async function unreported(app: TestApp, name: string, drills: Measured["drills"]): Promise<Figure> {
  await untilWhole(app)
  const lost = drills.flatMap(({ id }) => lostIn(eventsOf(app, id)))
  const reported = reportedIn(app)
  return {
    name: `${name}: lost and not in a report`,
    value: lost.filter(id => !reported.has(id)).length,
    unit: "turns",
    limit: atMost(0),
  }
}

/** Ids of the answers that were acknowledged and are not in their conversations. */
function lostIn(events: readonly DrillEvent[]): string[] {
  const there = new Set(
    events.flatMap(event => (event.event === "read-back" ? event.turns.map(({ request }) => request) : [])),
  )
  return events.flatMap(event => (event.event === "acknowledged" && !there.has(event.request) ? [event.response] : []))
}

function reportedIn(app: TestApp): ReadonlySet<string> {
  const files = globSync("**/lost-turns/*.jsonl", { cwd: app.state })
  const lines = files.flatMap(file => readFileSync(join(app.state, file), "utf8").trim().split("\n"))
  return new Set(lines.map(line => (JSON.parse(line) as { turn: string }).turn))
}
