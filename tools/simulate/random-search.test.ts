import { expect, it } from "vitest"
import { LeaseEvidence } from "../../packages/runtime/src/database/lease-evidence.ts"
import { drawSchedule } from "../../packages/stacks/src/failover/testing/schedules/draw-schedule.ts"
import { runSchedule } from "../../packages/stacks/src/failover/testing/schedules/run-schedule.ts"
import { searchAtRandom } from "./random-search.ts"

const evidenceOf = () => new LeaseEvidence()
/** A runtime that believes everybody. */
const believing = { runSchedule, evidenceOf: () => ({ until: Number.POSITIVE_INFINITY, learn: () => undefined }) }

it("runs the same seed the same way, to the last line, and another one differently", () => {
  const traceOf = (seed: number) => runSchedule(drawSchedule(seed), { evidenceOf, traced: true }).trace
  for (const seed of [1, 2, 3, 4, 5]) {
    expect(traceOf(seed).length).toBeGreaterThan(20)
    expect(traceOf(seed)).toEqual(traceOf(seed))
    expect(traceOf(seed)).not.toEqual(traceOf(seed + 100))
  }
})

it("comes to failovers of every kind, to acknowledged turns and to losses that are reported", () => {
  const found = searchAtRandom({ runSchedule, evidenceOf }, 1, 100)
  expect(found).toMatchObject({ schedules: 100 })
  expect(found.failure).toBeUndefined()
  expect(Math.min(...Object.values(found.claims), found.acknowledged, found.lost)).toBeGreaterThan(0)
})

it("leaves of a schedule that fails only what it fails by, and tells what happens", () => {
  const { schedules, failure } = searchAtRandom(believing, 1, 200)
  expect(failure).toMatchObject({ what: expect.stringMatching(/^acknowledged .* is missing from the primary/) })
  const seed = schedules
  expect(failure?.seed).toBe(seed)
  expect(failure?.incidents).toBeLessThan(drawSchedule(seed).incidents.length / 2)
  expect(failure?.trace.at(-1)).toMatch(/✖ acknowledged/)
  expect(failure?.trace.join("\n")).toMatch(/an arbiter asks \w+ to claim/)
})
