import { setTimeout as delay } from "node:timers/promises"
import type { DrillFigures } from "@chatops/stacks/drill"
import { judgeLoad, startLoad } from "../../test/support/load.ts"
import type { StatusDocument } from "../../test/support/status.ts"
import { makeApp, type TestApp } from "../../test/support/test-app.ts"
import { eventsOf, longestPause, runDrills, writeScenario } from "./failover/drills.ts"
import type { Benchmark, Figure } from "./figure.ts"
import { patroniFaults } from "./patroni/faults.ts"
import { measurePatroni } from "./patroni/measure.ts"

const rounds = Number(process.env["CHATOPS_BENCH_ROUNDS"] ?? 20)
const perSecond = 200
const plannedChanges = 3
const patroniRounds = 5

/** Limits in milliseconds. */
const faults = [
  { scenario: "kill-database", median: 500, worst: 1_000 },
  { scenario: "kill-region", median: 1_000, worst: 2_000 },
  { scenario: "freeze-region", median: 2_000, worst: 3_000 },
] as const

/** Failover as users see it, on a two-region deployment with `failover: automatic` and `zero-loss`. */
export default {
  name: "failover",
  description: `${rounds} drills of each fault under 20 turns/s; joins and planned failovers under ${perSecond}`,
  run: async () => {
    const app = await makeApp()
    try {
      app.edit(text => text.replace("durability: zero-loss", "durability: zero-loss\n    failover: automatic"))
      app.edit(text => text.replace("simulator: {}", "simulator: { first-token-delay: 20ms, tokens-per-second: 100 }"))
      await app.json("deploy", "--yes")
      await untilInSync(app)
      const drilled = []
      for (const fault of faults) drilled.push(await measureFault(app, fault))
      const ours = new Map(drilled.map(({ scenario, rto }) => [scenario, rto]))
      const figures = drilled.flatMap(each => each.figures)
      figures.push(...(await measureJoin(app)), ...(await measurePlanned(app)))
      await app.remove()
      return [...figures, ...(await besidePatroni(ours))]
    } catch (error) {
      await app.remove()
      throw error
    }
  },
} satisfies Benchmark

const atMost = (value: number) => ({ op: "<=" as const, value })

async function measureFault(app: TestApp, { scenario, median, worst }: (typeof faults)[number]) {
  const drills = await runDrills(app, scenario, rounds)
  const figures = drills.map(drill => drill.figures)
  const rtos = figures.map(({ recoveries }) => recoveries[0]?.rto ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const judged: Figure[] = [
    { name: `${scenario}: RTO, median of ${rtos.length}`, value: middle(rtos), unit: "ms", limit: atMost(median) },
    { name: `${scenario}: RTO, worst`, value: rtos.at(-1) ?? Number.NaN, unit: "ms", limit: atMost(worst) },
    { name: `${scenario}: turns acknowledged`, value: sum(figures, turns => turns.acknowledged), unit: "turns" },
    { name: `${scenario}: lost, doubled, out of order`, value: sum(figures, wrong), unit: "turns", limit: atMost(0) },
    {
      name: `${scenario}: requests never acknowledged`,
      value: figures.reduce((all, { requests }) => all + requests.failed, 0),
      unit: "requests",
    },
  ]
  return { scenario, rto: middle(rtos), figures: judged }
}

/** The same faults at Patroni with etcd, at its default settings, in the same run. */
async function besidePatroni(ours: ReadonlyMap<string, number>): Promise<Figure[]> {
  const theirs = await measurePatroni({ rounds: Math.min(rounds, patroniRounds), faults: patroniFaults })
  if ("skipped" in theirs) {
    console.error(theirs.skipped)
    return []
  }
  return [...theirs.pauses].flatMap(([fault, pauses]) => {
    const median = middle(pauses.toSorted((a, b) => a - b))
    return [
      { name: `Patroni, ${fault}: median of ${pauses.length}`, value: median, unit: "ms" },
      { name: `Patroni, ${fault}: times as long`, value: median / (ours.get(fault) ?? Number.NaN), unit: "×" },
    ]
  })
}

const wrong = ({ lost, doubled, outOfOrder, altered }: DrillFigures["turns"]) => lost + doubled + outOfOrder + altered
const sum = (figures: readonly DrillFigures[], of: (turns: DrillFigures["turns"]) => number) =>
  figures.reduce((all, { turns }) => all + of(turns), 0)
const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN

/** The standby's region dies and comes back: what bringing it into sync costs. */
async function measureJoin(app: TestApp): Promise<Figure[]> {
  writeScenario(app, "standby", {
    summary: "The standby's region dies.",
    warmUp: 3,
    faults: [{ fault: { kind: "kill-region", region: "$standby" }, after: 0, healAfter: 4 }],
    coolDown: 8,
  })
  const drills = await runDrills(app, "standby", 5, "--rate", String(perSecond))
  const joins = drills.flatMap(({ id }) => {
    const events = eventsOf(app, id)
    const fault = events.find(({ event }) => event === "fault-made")?.at ?? 0
    const joined = events.find(event => event.event === "noticed" && event.what === "in-sync" && event.at > fault)?.at
    return joined === undefined ? [] : [longestPause(events, joined - 400, joined + 200)]
  })
  const pauses = joins.sort((a, b) => a - b)
  return [
    { name: `joins under ${perSecond} turns/s`, value: pauses.length, unit: "joins", limit: { op: ">=", value: 5 } },
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

/** To and fro, under load. */
async function measurePlanned(app: TestApp): Promise<Figure[]> {
  const { entry } = await app.json<StatusDocument & { entry: { url: string } }>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const acknowledged: number[] = []
  const load = await startLoad({
    url: entry.url,
    key,
    perSecond,
    halfStreamed: true,
    conversations: 100,
    onAcknowledged: () => acknowledged.push(performance.now()),
  })
  await load.answered(perSecond * 2)
  const pauses: number[] = []
  for (let change = 0; change < plannedChanges; change++) {
    await untilInSync(app)
    const from = performance.now()
    await app.json("failover", "--planned", "--yes")
    await load.answered(acknowledged.length + perSecond)
    const pieces = acknowledged.filter(at => at > from)
    pauses.push(Math.max(...pieces.slice(1).map((at, index) => at - (pieces[index] ?? at))))
  }
  const result = await load.finish()
  const { lost, doubled } = await judgeLoad(result, { url: entry.url, key })
  return [
    { name: "planned: turns asked for per second", value: result.arrivals.perSecond, unit: "/s" },
    {
      name: `planned: writes paused, worst of ${plannedChanges}`,
      value: Math.max(...pauses),
      unit: "ms",
      limit: atMost(500),
    },
    {
      name: "planned: requests that failed or broke",
      value: result.failures.length + result.broken.length,
      unit: "requests",
      limit: atMost(0),
    },
    { name: "planned: streams begun again", value: result.interrupted, unit: "streams" },
    { name: "planned: turns lost or doubled", value: lost.length + doubled.length, unit: "turns", limit: atMost(0) },
  ]
}

async function untilInSync(app: TestApp): Promise<void> {
  while (!(await app.json<StatusDocument>("status").catch(() => undefined))?.inSync) await delay(1_000)
}
