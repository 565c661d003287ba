import { fullRate } from "./failover/change-figures.ts"
import { measureDurability } from "./failover/durability.ts"
import { inEnvironment, inThreeRegions } from "./failover/environment.ts"
import { type MeasuredFault, measureFault } from "./failover/faults.ts"
import { measureJoin } from "./failover/join.ts"
import { measurePlanned } from "./failover/planned.ts"
import { median } from "./failover/statistics.ts"
import { measureSwap } from "./failover/swap.ts"
import type { Benchmark, Figure } from "./figure.ts"
import { patroniFaults } from "./patroni/faults.ts"
import { measurePatroni } from "./patroni/measure.ts"

const rounds = Number(process.env["CHATOPS_BENCH_ROUNDS"] ?? 20)
/** All of it takes more than an hour and a half. */
const allParts = "faults,async,durability,join,planned,swap,patroni"
const parts = new Set((process.env["CHATOPS_BENCH_PARTS"] ?? allParts).split(","))
const patroniRounds = 5
/** Joins, swaps, planned failovers: of each kind. */
const changes = Math.min(rounds, 5)

/** Limits in milliseconds. */
const usualFaults: readonly MeasuredFault[] = [
  { scenario: "kill-database", limits: { median: 500, worst: 1_000 } },
  { scenario: "kill-region", limits: { median: 1_000, worst: 2_000 } },
  { scenario: "freeze-region", limits: { median: 2_000, worst: 3_000 } },
  { scenario: "cut-off-region", limits: { median: 2_000, worst: 3_000 } },
]
/** Measured where they are named. */
const moreFaults: readonly MeasuredFault[] = [{ scenario: "freeze-database" }]

const faults = wantedFaults(process.env["CHATOPS_BENCH_FAULTS"])

/** A lease of two seconds is waited out, and half a second more may be needed. */
const more = 2_500

/** Failover as users see it, on two regions with `failover: automatic`; a swap takes three. */
export default {
  name: "failover",
  description: `${rounds} drills of each fault; ${changes} joins, swaps and planned failovers of each kind under ${fullRate} turns/s; parts: ${[...parts].join(", ")}`,
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
        if (parts.has("join")) figures.push(...(await measureJoin(app, changes)))
        if (parts.has("planned")) figures.push(...(await measurePlanned(app, changes)))
      })
    if (parts.has("async"))
      await inEnvironment("async", async app => {
        for (const fault of faults.map(underAsync))
          figures.push(...(await measureFault(app, fault, { rounds, prefix: "async, " })).figures)
      })
    if (parts.has("swap")) figures.push(...(await inThreeRegions(app => measureSwap(app, changes))))
    if (parts.has("durability")) figures.push(...(await inEnvironment("zero-loss", measureDurability)))
    if (parts.has("patroni")) figures.push(...(await besidePatroni(ours)))
    return figures
  },
} satisfies Benchmark

function wantedFaults(names: string | undefined): readonly MeasuredFault[] {
  if (names === undefined) return usualFaults
  const all = new Map([...usualFaults, ...moreFaults].map(fault => [fault.scenario, fault]))
  return names.split(",").map(name => {
    const fault = all.get(name)
    if (fault === undefined) throw new Error(`CHATOPS_BENCH_FAULTS: ${name} is none of ${[...all.keys()].join(", ")}`)
    return fault
  })
}

const underAsync = ({ scenario, limits }: MeasuredFault): MeasuredFault => ({
  scenario,
  ...(limits && { limits: { median: limits.median + more, worst: limits.worst + more } }),
})

/** The same faults at Patroni with etcd, at its default settings, in the same run. */
async function besidePatroni(ours: ReadonlyMap<string, number>): Promise<Figure[]> {
  const theirs = await measurePatroni({ rounds: Math.min(rounds, patroniRounds), faults: patroniFaults })
  if ("skipped" in theirs) {
    console.error(theirs.skipped)
    return []
  }
  return [...theirs.pauses].flatMap(([fault, pauses]) => {
    const pause = median(pauses)
    return [
      { name: `Patroni, ${fault}: median of ${pauses.length}`, value: pause, unit: "ms" },
      { name: `Patroni, ${fault}: times as long`, value: pause / (ours.get(fault) ?? Number.NaN), unit: "×" },
    ]
  })
}
