import { measureDurability } from "./failover/durability.ts"
import { inEnvironment } from "./failover/environment.ts"
import { type MeasuredFault, measureFault } from "./failover/faults.ts"
import { measureJoin } from "./failover/join.ts"
import { measurePlanned } from "./failover/planned.ts"
import { middle } from "./failover/statistics.ts"
import type { Benchmark, Figure } from "./figure.ts"
import { patroniFaults } from "./patroni/faults.ts"
import { measurePatroni } from "./patroni/measure.ts"

const rounds = Number(process.env["CHATOPS_BENCH_ROUNDS"] ?? 20)
/** All of it takes an hour and a half. */
const parts = new Set((process.env["CHATOPS_BENCH_PARTS"] ?? "faults,async,durability,join,planned,patroni").split(","))
const patroniRounds = 5

/** Limits in milliseconds. */
const allFaults: readonly MeasuredFault[] = [
  { scenario: "kill-database", median: 500, worst: 1_000 },
  { scenario: "kill-region", median: 1_000, worst: 2_000 },
  { scenario: "freeze-region", median: 2_000, worst: 3_000 },
  { scenario: "cut-off-region", median: 2_000, worst: 3_000 },
]

const names = allFaults.map(({ scenario }) => scenario)
const wanted = process.env["CHATOPS_BENCH_FAULTS"]?.split(",") ?? names
const unknown = wanted.filter(name => !names.includes(name))
if (unknown.length > 0) throw new Error(`CHATOPS_BENCH_FAULTS: ${unknown.join(", ")} is none of ${names.join(", ")}`)
const faults = allFaults.filter(({ scenario }) => wanted.includes(scenario))

/** A lease of two seconds is waited out, and half a second more may be needed. */
const more = 2_500

/** Failover as users see it, on two regions with `failover: automatic`. */
export default {
  name: "failover",
  description: `${rounds} drills of each fault; joins and planned failovers under 200 turns/s; parts: ${[...parts].join(", ")}`,
  run: async () => {
    const figures: Figure[] = []
    const ours = new Map<string, number>()
    if (parts.has("faults") || parts.has("join") || parts.has("planned"))
      await inEnvironment("zero-loss", async app => {
        for (const fault of parts.has("faults") ? faults : []) {
          const measured = await measureFault(app, fault, { rounds })
          ours.set(measured.scenario, measured.rto)
          figures.push(...measured.figures)
        }
        if (parts.has("join")) figures.push(...(await measureJoin(app)))
        if (parts.has("planned")) figures.push(...(await measurePlanned(app)))
      })
    if (parts.has("async"))
      await inEnvironment("async", async app => {
        for (const { scenario, median, worst } of faults) {
          const limits = { scenario, median: median + more, worst: worst + more }
          figures.push(...(await measureFault(app, limits, { rounds, prefix: "async, " })).figures)
        }
      })
    if (parts.has("durability")) figures.push(...(await inEnvironment("zero-loss", measureDurability)))
    if (parts.has("patroni")) figures.push(...(await besidePatroni(ours)))
    return figures
  },
} satisfies Benchmark

/** The same faults at Patroni with etcd, at its default settings, in the same run. */
async function besidePatroni(ours: ReadonlyMap<string, number>): Promise<Figure[]> {
  const theirs = await measurePatroni({ rounds: Math.min(rounds, patroniRounds), faults: patroniFaults })
  if ("skipped" in theirs) {
    console.error(theirs.skipped)
    return []
  }
  return [...theirs.pauses].flatMap(([fault, pauses]) => {
    const median = middle(pauses)
    return [
      { name: `Patroni, ${fault}: median of ${pauses.length}`, value: median, unit: "ms" },
      { name: `Patroni, ${fault}: times as long`, value: median / (ours.get(fault) ?? Number.NaN), unit: "×" },
    ]
  })
}
