import type { DrillEvent, Scenario } from "@chatops/stacks/drill"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { useGitConfig } from "../../ledger/testing/repository.ts"
import { sampleAccount } from "../testing/sample-account.ts"
import { forgeSigned, prepared, verify } from "../testing/tamper.ts"
import { contradictions } from "./contradictions.ts"
import type { DrillRecord } from "./drill-record.ts"

type Planned = Scenario["faults"][number]
const sample = sampleAccount()
const east: Planned = { fault: { kind: "kill-region", region: "east" }, after: 0, healAfter: 30 }
const west: Planned = { ...east, fault: { kind: "kill-region", region: "west" } }
const made = ({ fault }: Planned, at = 15_000): DrillEvent => ({ event: "fault-made", at, fault })
const given: DrillEvent = { event: "aborted", at: 16_000, reason: "9 requests had failed" }

describe("a drill's faults", () => {
  const found = (planned: readonly Planned[], ...events: readonly DrillEvent[]) =>
    contradictions(
      { ...sample, endedAt: "2026-03-01T10:00:17Z", scenario: { ...sample.scenario, faults: [...planned] } },
      events,
    )

  it("are those of its scenario, as often as it names them, whatever the order", () => {
    expect(found([east, west, east], made(west), made(east), made(east))).toEqual([])
    expect(found([east], made(east), made(east))).toEqual([
      "kill-region east was made, and the scenario does not name it",
    ])
    expect(found([east, east], made(east))).toEqual(["the scenario names kill-region east, and it was not made"])
    expect(found([east], made(west))).toHaveLength(2)
  })

  it("may be fewer where it was given up, and no others", () => {
    expect(found([east, west], made(east), given)).toEqual([])
    expect(found([east], made(west), given)).toEqual(["kill-region west was made, and the scenario does not name it"])
  })
})

describe("a drill's time", () => {
  const found = (seconds: number, ...events: readonly DrillEvent[]) => {
    const endedAt = new Date(Date.parse(sample.beganAt) + seconds * 1_000).toISOString()
    return contradictions({ ...sample, endedAt }, [made(east), ...events])
  }
  const whole = (at: number): DrillEvent => ({ event: "whole", at, missing: [] })

  it.each([
    [15, []],
    [134, []],
    [136, ["ended"]],
    [13, ["ended"]],
  ])("is that of its events, of which the last is after 15 s, where it took %i s", (seconds, wrong) => {
    expect(found(seconds).map(detail => (detail.includes("ended at") ? "ended" : detail))).toEqual(wrong)
  })

  it("ends with what whoever drills has seen, not with what a region's clock says", () => {
    expect(found(300, whole(290_000))).toEqual([])
    expect(found(16, { event: "noticed", at: 90_000, by: "west", what: "opened", epoch: 2 })).toEqual([])
  })
})

describe("is found although it was signed:", () => {
  beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const cases: Record<string, { edit: (record: DrillRecord) => void; told: RegExp; others?: readonly string[] }> = {
    "another scenario": {
      edit: ({ scenario }) => scenario.faults.splice(0, 1, west),
      told: /^DRILL_FIGURES_DIFFER record\.json kill-region east was made, and the scenario does not name it$/,
    },
    "another time": {
      edit: record => Object.assign(record, { endedAt: "2026-03-01T11:01:17.000Z" }),
      told: /^DRILL_FIGURES_DIFFER record\.json it began at .* and ended at 2026-03-01T11:01:17\.000Z, and its last/,
    },
    "more bytes": {
      edit: ({ rawEvents }) => Object.assign(rawEvents, { bytes: rawEvents.bytes + 1 }),
      told: /^DRILL_FILE_ALTERED events\.jsonl\.gz the record counts \d+ bytes, and there are \d+$/,
    },
    "fewer bytes": {
      edit: ({ rawEvents }) => Object.assign(rawEvents, { bytes: rawEvents.bytes - 1 }),
      told: /^DRILL_FILE_ALTERED events\.jsonl\.gz /,
    },
  }
  for (const [name, { edit, told }] of Object.entries(cases))
    it(name, async () => {
      const drill = await prepared(1)
      await forgeSigned(drill, edit)
      const { drills } = await verify(drill.directory)
      const failed = drills[0]?.checks.filter(check => !check.passed) ?? []
      const [first] = failed.flatMap(({ check, ...rest }) =>
        check === "events" && "code" in rest ? `${rest.code} ${rest.file.split("/").at(-1)} ${rest.detail}` : [],
      )
      expect(first).toMatch(told)
      expect(new Set(failed.map(({ check }) => check))).toEqual(new Set(["events"]))
    })
})
