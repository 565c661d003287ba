import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { runDrills } from "./drills.ts"
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
        name: `${name}: lost, doubled, out of order`,
        value: sumOf(figures, wrong),
        unit: "turns",
        ...(lossless && { limit: atMost(0) }),
      },
      {
        name: `${name}: requests never acknowledged`,
        value: figures.reduce((all, { requests }) => all + requests.failed, 0),
        unit: "requests",
      },
    ],
  }
}
