import type { DrillFigures } from "@chatops/stacks/drill"
import type { TestApp } from "../../test/support/test-app.ts"
import { eventsOf, runDrills } from "./failover/drills.ts"
import { inEnvironment, untilWhole } from "./failover/environment.ts"
import { measureEvidence } from "./failover/evidence.ts"
import { measureRecording } from "./failover/recording.ts"
import { atLeast, atMost, largest, sumOf, wrong } from "./failover/statistics.ts"
import type { Benchmark, Figure } from "./figure.ts"

const rounds = Number(process.env["CHATOPS_BENCH_ROUNDS"] ?? 120)
/** Turns a second: so many drills come to 50,000 turns. */
const rate = Number(process.env["CHATOPS_BENCH_RATE"] ?? 60)
const seed = Number(process.env["CHATOPS_BENCH_SEED"] ?? 1)
const turnsPerDrill = 420
const parts = new Set((process.env["CHATOPS_BENCH_PARTS"] ?? "evidence,recording,random").split(","))

/** What drills cost, and faults drawn at random, on a two-region deployment with `zero-loss` and `failover: automatic`. */
export default {
  name: "drills",
  description: `${rounds} random drills from seed ${seed} on, ${rate} turns/s; parts: ${[...parts].join(", ")}`,
  run: async () => [
    ...(parts.has("evidence") ? await measureEvidence() : []),
    ...(parts.has("recording") || parts.has("random") ? await inEnvironment("zero-loss", inOneEnvironment) : []),
  ],
} satisfies Benchmark

const inOneEnvironment = async (app: TestApp): Promise<Figure[]> => [
  ...(parts.has("recording") ? await measureRecording(app) : []),
  ...(parts.has("random") ? await drawnDrills(app) : []),
]

async function drawnDrills(app: TestApp): Promise<Figure[]> {
  const ended: Ended[] = []
  for (let index = 0; index < rounds; index++) {
    await untilWhole(app)
    const drills = await runDrills(app, "random", 1, "--seed", String(seed + index), "--rate", String(rate))
    for (const { id, outcome, figures } of drills) {
      ended.push({ outcome, figures })
      const { acknowledged, lost, doubled, outOfOrder } = figures.turns
      const told = [`seed ${seed + index}`, outcome, `${acknowledged} acknowledged`, `${lost}/${doubled}/${outOfOrder}`]
      console.error([...told, ...figures.violations.map(({ detail }) => detail), ...givenUp(app, id)].join(" · "))
    }
  }
  return figuresOf(ended)
}

/** Why users were never answered; one line has it, since the deployment and its evidence go with the benchmark. */
const givenUp = (app: TestApp, id: string): string[] =>
  eventsOf(app, id).flatMap(event => {
    if (event.event !== "failed" || event.again) return []
    const { request, attempt, at, how, status, code } = event
    const why = [how, status, code].filter(part => part !== undefined).join(" ")
    return `request ${request} given up at ${Math.round(at)} ms, attempt ${attempt}: ${why}`
  })

interface Ended {
  readonly outcome: string
  readonly figures: DrillFigures
}

function figuresOf(ended: readonly Ended[]): Figure[] {
  const figures = ended.map(each => each.figures)
  const rtos = figures.flatMap(({ recoveries }) => recoveries.map(({ rto }) => rto ?? Number.POSITIVE_INFINITY))
  return [
    { name: "drills", value: ended.length, unit: "drills", limit: atLeast(rounds) },
    {
      name: "turns acknowledged",
      value: sumOf(figures, turns => turns.acknowledged),
      unit: "turns",
      limit: atLeast(rounds * turnsPerDrill),
    },
    { name: "lost", value: sumOf(figures, ({ lost }) => lost), unit: "turns", limit: atMost(0) },
    { name: "lost, doubled, out of order, altered", value: sumOf(figures, wrong), unit: "turns", limit: atMost(0) },
    {
      name: "violations of the protocol",
      value: figures.reduce((all, { violations }) => all + violations.length, 0),
      unit: "violations",
      limit: atMost(0),
    },
    {
      name: "requests never acknowledged",
      value: figures.reduce((all, each) => all + each.requests.failed, 0),
      unit: "requests",
    },
    {
      name: "drills not passed",
      value: ended.filter(({ outcome }) => outcome !== "passed").length,
      unit: "drills",
      limit: atMost(0),
    },
    { name: "recoveries, worst", value: largest(rtos), unit: "ms" },
  ]
}
