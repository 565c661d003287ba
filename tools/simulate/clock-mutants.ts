import type { Mutant } from "./mutants.ts"

const runtime = "../../../runtime/src/database"

interface ClockMutant extends Mutant {
  /** Of a schedule that finds it, as of the last time that somebody looked: where all searches but the long one begin. */
  readonly seed: number
}

/** What only clocks and late messages show. Random schedules have to find each. */
export const clockMutants: readonly ClockMutant[] = [
  {
    name: "a lease counts from the answer, and not from the question",
    rule: 11,
    seed: 708,
    file: "testing/schedules/virtual-runtime.ts",
    from: "connection.evidence.learn(asked, row)",
    to: "connection.evidence.learn(this.#now, row)",
  },
  {
    name: "one renewal bears a lease out",
    rule: 11,
    seed: 84,
    file: `${runtime}/lease-evidence.ts`,
    from: "if (sight.renewal + 2 <= renewal)",
    to: "if (sight.renewal + 1 <= renewal)",
  },
  {
    name: "a row counts for what it says, whatever the witness answers",
    rule: 11,
    seed: 7,
    file: `${runtime}/lease-evidence.ts`,
    from: "if (!alone) {",
    to: "if (true) {",
  },
  {
    name: "a runtime does not look at the clock",
    rule: 11,
    seed: 7,
    file: "testing/schedules/virtual-runtime.ts",
    from: "if (now < evidence.until) {",
    to: "if (evidence.until > 0) {",
  },
  {
    name: "a runtime looks at the clock before it asks the database, and not when it was answered",
    rule: 11,
    seed: 91,
    file: "testing/schedules/virtual-runtime.ts",
    from: "if (now < evidence.until) {",
    to: "if (answered.every(({ asked }) => asked < evidence.until)) {",
  },
  {
    name: "promoted after half the lease",
    rule: 11,
    seed: 2,
    file: "lease.ts",
    from: "Math.ceil((lease * (1 + clockRateError)) / (1 - clockRateError))",
    to: "lease / 2",
  },
  {
    name: "promoted as if all clocks were right",
    rule: 11,
    seed: 185,
    file: "lease.ts",
    from: "Math.ceil((lease * (1 + clockRateError)) / (1 - clockRateError))",
    to: "lease",
  },
  {
    name: "forced into the place while another region is in sync",
    rule: 12,
    seed: 1338,
    file: "protocol/claiming.ts",
    from: `accepts === "forced" && !isGuarded`,
    to: `accepts === "forced"`,
  },
]
