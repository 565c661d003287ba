import type { Benchmark, Figure } from "./figure.ts"
import { patroniFaults } from "./patroni/faults.ts"
import { measurePatroni } from "./patroni/measure.ts"

const rounds = 3

/** What our failover is compared with. */
export default {
  name: "patroni",
  description: "from a fault of the leader to the first acknowledged write, Debian's Patroni, etcd and PostgreSQL",
  async run() {
    const measurement = await measurePatroni({ rounds, faults: patroniFaults })
    if ("skipped" in measurement) {
      console.error(`Patroni was skipped: ${measurement.skipped}`)
      return []
    }
    console.error(measurement.setting)
    return [...measurement.pauses].flatMap(([fault, pauses]) => {
      const seconds = pauses.map(pause => pause / 1_000).toSorted((a, b) => a - b)
      const figure = (name: string, value = Number.NaN): Figure => ({ name: `${fault}: ${name}`, value, unit: "s" })
      return [
        figure("shortest", seconds[0]),
        figure("median", seconds[Math.floor(seconds.length / 2)]),
        figure("longest", seconds.at(-1)),
      ]
    })
  },
} satisfies Benchmark
