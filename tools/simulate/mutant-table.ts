import { clockMutants } from "./clock-mutants.ts"
import { mutants } from "./mutants.ts"

/** What came of the search for what one mutant breaks. */
export interface MutantOutcome {
  readonly mutant: string
  readonly rule: number
  readonly foundBy: "search" | "schedules" | null
  /** How many states or schedules it took. */
  readonly looked: number
  /** What led to the damage, as short as it could be made: moves, or lines of a schedule's run. */
  readonly trace: readonly string[]
  readonly what: string | null
}

const longest = Math.max(...[...mutants, ...clockMutants].map(({ name }) => name.length))

const columns: readonly (readonly [string, number, (outcome: MutantOutcome) => string | number])[] = [
  ["rule", 4, ({ rule }) => rule],
  ["taken away", -longest, ({ mutant }) => mutant],
  ["found by", -9, ({ foundBy }) => foundBy ?? "NOTHING"],
  ["states or schedules", 19, ({ looked }) => looked],
  ["trace", 5, ({ trace }) => trace.length],
  ["what happens", 0, ({ what }) => what ?? "-"],
]

const separator = " │ "

export const tableHead: string = columns.map(([name, width]) => aligned(name, width)).join(separator)

/** One line of the table, in columns that are known before the first mutant was looked for. */
export const tableRow = (outcome: MutantOutcome): string =>
  columns.map(([, width, of]) => aligned(String(of(outcome)), width)).join(separator)

/** Numbers stand to the right. */
function aligned(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width)
}
