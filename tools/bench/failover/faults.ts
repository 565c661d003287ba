import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { eventsOf, runDrills } from "./drills.ts"
import { untilWhole } from "./environment.ts"
import { type FaultLimits, faultFigures, recoveryTimes } from "./fault-figures.ts"
import { compareLosses, lossFigures, reportsOf, untilReported } from "./loss-reports.ts"
import { median } from "./statistics.ts"

export interface MeasuredFault {
  /** One of chatops' own, which break the primary. */
  readonly scenario: string
  /** Absent: what comes out is told, and is not judged. */
  readonly limits?: FaultLimits
}

export interface Measured {
  readonly scenario: string
  /** Median, in milliseconds. */
  readonly rto: number
  readonly figures: readonly Figure[]
}

/** `prefix`: what the environment promises, where it is not `zero-loss`. */
export async function measureFault(
  app: TestApp,
  { scenario, limits }: MeasuredFault,
  { rounds, prefix = "" }: { readonly rounds: number; readonly prefix?: string },
): Promise<Measured> {
  const name = `${prefix}${scenario}`
  const lossless = prefix === ""
  const before = new Set(reportsOf(app).map(({ turn }) => turn))
  const drills: Awaited<ReturnType<typeof runDrills>>[number][] = []
  while (drills.length < rounds) {
    await untilWhole(app)
    drills.push(...(await runDrills(app, scenario, 1)))
    const [{ rto = null, promoted = null } = {}] = drills.at(-1)?.figures.recoveries ?? []
    const how = promoted === null ? ", in its place" : ""
    console.error(`${name} ${drills.length} of ${rounds}: ${rto} ms${how}`)
  }
  const figures = drills.map(drill => drill.figures)
  const measured = faultFigures(name, figures, { limits, lossless })
  if (lossless) return { scenario, rto: median(recoveryTimes(figures)), figures: measured }
  // What the last of them lost is known when the former primary has come back.
  await untilWhole(app)
  await untilReported(app)
  const reports = reportsOf(app).filter(({ turn }) => !before.has(turn))
  const events = drills.map(({ id }) => eventsOf(app, id))
  const losses = lossFigures(name, compareLosses(events, reports))
  return { scenario, rto: median(recoveryTimes(figures)), figures: [...measured, ...losses] }
}
