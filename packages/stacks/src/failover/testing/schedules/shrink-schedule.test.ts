import { expect, it } from "vitest"
import { drawSchedule } from "./draw-schedule.ts"
import type { Incident, Schedule } from "./schedule.ts"
import { shrinkSchedule } from "./shrink-schedule.ts"

it("keeps what a failure takes, and no more of it", () => {
  const incidents = Array.from({ length: 41 }, (_, at): Incident => ({ at, what: "turn", region: "east" }))
  const schedule: Schedule = { ...drawSchedule(1), incidents }
  const takes = [3, 17, 40]
  const fails = ({ incidents: left }: Schedule) => takes.every(at => left.some(incident => incident.at === at))
  expect(shrinkSchedule(schedule, fails).incidents.map(({ at }) => at)).toEqual(takes)
})

it("shortens the faults that it keeps", () => {
  const freeze: Incident = { at: 0, what: "freeze", who: "east", lasts: 1_000 }
  const schedule: Schedule = { ...drawSchedule(1), incidents: [freeze] }
  const fails = ({ incidents: [left] }: Schedule) => left?.what === "freeze" && left.lasts > 100
  expect(shrinkSchedule(schedule, fails).incidents).toEqual([{ ...freeze, lasts: 125 }])
})
