import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { DrillEvent } from "@chatops/stacks/drill"
import { afterAll, beforeAll, expect, it } from "vitest"
import { lanesOf } from "../packages/cli/src/drill/report/lanes.ts"
import { type DrilledApp, makeDrilledApp } from "./support/drilled-app.ts"
import { gatewayMetric } from "./support/gateway-metrics.ts"
import type { StatusDocument } from "./support/status.ts"

/** What a drill records, and what follows from it. */
let drilled: DrilledApp
beforeAll(async () => {
  drilled = await makeDrilledApp()
})
afterAll(() => drilled?.remove())

/** Of nearly each turn it was told where it was committed: by the primary before, and by the one after. */
function expectCommitted(events: readonly DrillEvent[], { epoch }: StatusDocument): void {
  const turns = events.filter(event => event.event === "acknowledged")
  const epochs = turns.flatMap(({ position }) => position?.epoch ?? [])
  expect(epochs.length / turns.length).toBeGreaterThan(0.95)
  expect([...new Set(epochs)].toSorted()).toEqual([epoch, (epoch ?? 0) + 1])
}

/** Who could acknowledge: the one before until its region died, and the next one from then until the end. */
function expectPlaces(events: readonly DrillEvent[], { primary, inSync, epoch }: StatusDocument): void {
  const end = Math.max(...events.map(({ at }) => at))
  const places = new Map(lanesOf(events, end).map(({ region, stretches }) => [region, stretches]))
  const died = events.find(({ event }) => event === "fault-made")?.at
  const [before] = places.get(primary ?? "") ?? []
  expect(before).toMatchObject({ state: "open", epoch, to: died })
  expect(before?.from).toBeLessThanOrEqual(1_000)
  const after = places.get(inSync ?? "")?.at(-1)
  expect(after).toMatchObject({ state: "open", epoch: (epoch ?? 0) + 1, to: end })
  expect(after?.from).toBeGreaterThan(died ?? end)
}

it("kills the primary's region under load, sees another take over by itself, and signs that nothing was lost", async () => {
  const { app, receiver, status } = drilled
  await drilled.untilWhole()
  const before = await status()
  const brokenStreams = () => gatewayMetric(app, "chatops_gateway_streams_broken_total")
  const brokenBefore = await brokenStreams()
  // Answers that take a second: some of them are being read when the region dies.
  const load = { turnsPerSecond: 20, turnsPerConversation: 4, thinkTime: 0.5, streamed: 1, answerTokens: 60 }
  const name = drilled.scenario("region", { kind: "kill-region", region: "$primary" }, 4, { load, warmUp: 4 })
  const { code, drills } = await drilled.drill(name)
  expect([code, drills.map(({ outcome }) => outcome)]).toEqual([0, ["passed"]])
  const [drill] = drills
  expect(drill?.verdict).toMatchObject({ rto: { wanted: 30_000, met: true }, rpo: { came: 0 }, violations: 0 })
  const [recovery] = drill!.figures.recoveries
  const { detected, claimed, promoted, firstByte } = recovery!
  for (const moment of ["detected", "rto", "redundant"] as const) expect(recovery?.[moment], moment).toBeGreaterThan(0)
  const inOrder = [detected, claimed, promoted, firstByte].map(Number)
  expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other))
  expectCommitted(drilled.events(drill!.id), before)
  expectPlaces(drilled.events(drill!.id), before)
  const report = join(app.home, "report.html")
  await app.json("drill", "show", drill!.id, "--report", report)
  expect(readFileSync(report, "utf8")).toContain(`<title>${before.primary}: open, epoch ${before.epoch}</title>`)
  // Every stream that broke was gone on with or asked for again, unless its user had given up.
  const { streams, requests } = drill!.figures
  const brokenByGateway = (await brokenStreams()) - brokenBefore
  expect(streams.resumed + streams.retried).toBeGreaterThanOrEqual(streams.broken - requests.failed)
  expect(brokenByGateway).toBeGreaterThan(0)
  expect(brokenByGateway).toBeLessThanOrEqual(streams.broken)
  expect((await status()).primary).not.toBe(before.primary)

  expect(await drilled.verified()).toBe(true)
  expect(await receiver.told("failover.finished")).toMatchObject({ from: before.primary, by: "watcher" })
  expect(await receiver.told("drill.finished")).toMatchObject({ id: drill?.id, outcome: "passed", lost: 0 })
  // What the watcher did stands in the ledger beside the drill.
  const history = await app.json<readonly { record: { kind: string; actor: string } }[]>("history")
  expect(history.map(({ record }) => [record.kind, record.actor])).toContainEqual(["failover", "watcher"])
})

/** What the drill that was named so recorded of the register, and what the watcher thought meanwhile. */
async function meanwhile(id: string) {
  const epochs = drilled.events(id).flatMap(event => (event.event === "register" ? event.register.epoch : []))
  const { beganAt, endedAt } = await drilled.app.json<{ beganAt: string; endedAt: string }>("drill", "show", id)
  const [journal = ""] = globSync("**/entry/watcher.jsonl", { cwd: drilled.app.state })
  const lines = readFileSync(join(drilled.app.state, journal), "utf8").trim().split("\n")
  const thoughts = lines.map(line => JSON.parse(line) as { at: string; event: string; reason: string })
  return { epochs: new Set(epochs), thoughts: thoughts.filter(({ at }) => at >= beganAt && at <= endedAt) }
}

it("draws what breaks from seeds that follow one another, and nothing is lost to partitions and a full disk", async () => {
  await drilled.untilWhole()
  // These draw a partition of the regions, a full disk of the primary, and a partition of the entry from the primary.
  const seeds = [6744, 6745, 6746]
  const { drills } = await drilled.drill("random", "--seed", "6744", "--count", "3", "--rate", "20")
  const kinds = ["partition-regions", "fill-disk", "partition-entry"]
  const came = drills.map(({ seed, outcome, figures: { recoveries, turns, violations } }) => ({
    ...{ seed, outcome, kind: recoveries.map(({ fault }) => fault).join(), lost: turns.lost, violations },
  }))
  expect(came).toEqual(
    seeds.map((seed, index) => ({ seed, outcome: "passed", kind: kinds[index], lost: 0, violations: [] })),
  )
  // Between regions that are cut off from each other nobody changes places: the entry sees that the primary serves.
  const { epochs, thoughts } = await meanwhile(drills[0]?.id ?? "")
  expect(epochs.size).toBe(1)
  expect(thoughts.map(({ event }) => event)).not.toContain("asked")
  expect(thoughts.map(({ reason }) => reason)).toContainEqual(expect.stringMatching(/has lost .*and the entry has not/))
})

it("takes a database that stands still in a region that does not for lost, when both sides find it silent", async () => {
  await drilled.untilWhole()
  const { drills } = await drilled.drill(drilled.scenario("still", { kind: "freeze-database", region: "$primary" }))
  expect(drills.map(({ outcome, figures }) => [outcome, figures.turns.lost])).toEqual([["passed", 0]])
  const { thoughts } = await meanwhile(drills[0]?.id ?? "")
  expect(thoughts.filter(({ event }) => event === "asked")).toMatchObject([
    { reason: expect.stringMatching(/its database does not answer its supervisor; \w+ sees: the database is silent/) },
  ])
})
