import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { eventsOf, longestPause, runDrills, writeScenario } from "./drills.ts"
import { atLeast, atMost, middle } from "./statistics.ts"

const perSecond = 200

/** The standby's database stands still for long enough to be let go, and goes on: what bringing it into sync costs. */
export async function measureJoin(app: TestApp): Promise<Figure[]> {
  writeScenario(app, "standby", {
    summary: "The standby's database stands still.",
    warmUp: 8,
    // What has piled up until it was let go is worked off before it comes back.
    faults: [{ fault: { kind: "freeze-database", region: "$standby" }, after: 0, healAfter: 12 }],
    coolDown: 6,
  })
  const drills = await runDrills(app, "standby", 5, "--rate", String(perSecond))
  const joins = drills.flatMap(({ id }) => {
    const events = eventsOf(app, id)
    const fault = events.find(({ event }) => event === "fault-made")?.at ?? 0
    const joined = events.find(event => event.event === "noticed" && event.what === "in-sync" && event.at > fault)?.at
    return joined === undefined ? [] : [longestPause(events, joined - 400, joined + 200)]
  })
  const pauses = joins.toSorted((one, other) => one - other)
  return [
    { name: `joins under ${perSecond} turns/s`, value: pauses.length, unit: "joins", limit: atLeast(5) },
    { name: "join: writes paused, median", value: middle(pauses), unit: "ms" },
    { name: "join: writes paused, worst", value: pauses.at(-1) ?? Number.NaN, unit: "ms", limit: atMost(300) },
    {
      name: "join: requests never acknowledged",
      value: drills.reduce((all, { figures }) => all + figures.requests.failed, 0),
      unit: "requests",
      limit: atMost(0),
    },
  ]
}
