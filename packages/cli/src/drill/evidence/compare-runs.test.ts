import { describe, expect, it } from "vitest"
import { temporaryDirectory } from "../../ledger/testing/repository.ts"
import { drillId, simpleRules } from "../testing/recorded-drills.ts"
import { sampleAccount } from "../testing/sample-account.ts"
import { sampleScenario } from "../testing/sample-drill.ts"
import { compareRuns } from "./compare-runs.ts"
import type { DrillRecord } from "./drill-record.ts"
import { makeEvidence } from "./make-evidence.ts"
import { signingKey } from "./signing-key.ts"

const view = { commit: null, files: () => [], read: async () => new Map(), history: async () => [] }
const means = { view, key: await signingKey(temporaryDirectory()), renderReport: simpleRules.renderReport }
const sample = (await makeEvidence(sampleAccount(), means)).record

/** One run: its number, what it came to, and what of it was otherwise. */
function run(number: number, rto: number | null, lost = 0, changes: Partial<DrillRecord> = {}): DrillRecord {
  const { figures } = sample
  const recoveries = figures.recoveries.map(recovery => ({ ...recovery, rto }))
  const came = { ...figures, recoveries, turns: { ...figures.turns, lost } }
  return { ...sample, id: drillId(number), figures: came, ...changes }
}
const compared = (...records: readonly DrillRecord[]) => compareRuns(run(9, 5_000), records)

describe("a drill", () => {
  it("stands beside the run before it, and the median of all before, in whatever order they come", () => {
    const runs = [run(2, 1_000, 4), run(3, 4_000), run(1, 2_000, 8), run(9, 5_000)]
    expect(compared(...runs)).toEqual({
      previous: { id: drillId(3), rtoMs: 4_000, lost: 0 },
      median: { runs: 3, rtoMs: 2_000, lost: 4 },
    })
    expect(compared(...runs, run(4, 3_000, 6))).toMatchObject({
      previous: { id: drillId(4) },
      median: { runs: 4, rtoMs: 2_500, lost: 5 },
    })
  })

  it("takes what never ended for longer than all that did", () => {
    expect(compared(run(1, null), run(2, 1_000), run(3, 2_000))).toMatchObject({ median: { rtoMs: 2_000 } })
    const mostly = compared(run(1, null), run(2, null), run(3, 2_000))
    expect(mostly).toMatchObject({ previous: { rtoMs: 2_000 }, median: { rtoMs: null } })
  })

  const scenario = (changes: object) => ({ scenario: { ...sampleScenario, ...changes } })
  const others: Record<string, Partial<DrillRecord>> = {
    "of another environment": { environment: "local" },
    "of another scenario": scenario({ name: "monday" }),
    "that was given up": { outcome: "aborted" },
    "that came later": { id: `${drillId(9)}0` },
  }
  for (const [name, changes] of Object.entries(others))
    it(`is not compared with one ${name}`, () => expect(compared(run(1, 1_000, 0, changes))).toBeNull())

  it("that was drawn is compared with what was drawn from its seed", () => {
    const drawn = (number: number, seed: number) => run(number, 1_000, 0, scenario({ name: "random", seed }))
    expect(compareRuns(drawn(9, 7), [drawn(1, 8)])).toBeNull()
    expect(compareRuns(drawn(9, 7), [drawn(1, 7), drawn(2, 8)])).toMatchObject({ previous: { id: drillId(1) } })
  })

  it("that was given up is compared with none", () => {
    expect(compareRuns(run(9, 1_000, 0, { outcome: "aborted" }), [run(1, 1_000)])).toBeNull()
  })
})
