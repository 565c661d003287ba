import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { clockMutants } from "./clock-mutants.ts"
import type { MutantOutcome } from "./mutant-table.ts"
import { type Mutant, mutants } from "./mutants.ts"
import { scenarios } from "./scenarios.ts"

const run = fileURLToPath(new URL("run.ts", import.meta.url))

interface Found {
  readonly searches: readonly { scenario: string; complete: boolean; states: number }[]
  readonly random: { schedules: number; failure?: unknown }
  readonly mutants: readonly MutantOutcome[]
}

/** Of the table of mutants that was printed, the header first. */
function tableIn(text: string): string[][] {
  const lines = text.split("\n").filter(line => line.includes(" │ "))
  const columns = (line: string) => [...line.matchAll(/│/g)].map(({ index }) => index)
  expect(new Set(lines.map(line => columns(line).join())).size).toBe(1)
  return lines.map(line => line.split(" │ ").map(cell => cell.trim()))
}

it("finds nothing wrong with the protocol, and each rule that is taken away", { timeout: 300_000 }, async () => {
  const args = ["--conditions=chatops-source", run, "--short", "--json"]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 })
  const found = JSON.parse(stdout) as Found
  const short = scenarios.filter(({ length }) => length === "short")
  expect(found.searches).toMatchObject(short.map(({ name }) => ({ scenario: name, complete: true })))
  // A search that cannot get anywhere finds nothing wrong either.
  expect(Math.max(...found.searches.map(({ states }) => states))).toBeGreaterThan(50_000)
  expect(found.random.schedules).toBeGreaterThan(100)
  expect(found.random.failure).toBeUndefined()
  const [head, ...rows] = tableIn(stderr)
  expect(head).toEqual(["rule", "taken away", "found by", "states or schedules", "trace", "what happens"])
  const named = (all: readonly Mutant[], by: string) => all.map(({ rule, name }) => [`${rule}`, name, by])
  expect(rows.map(cells => cells.slice(0, 3))).toEqual([
    ...named(mutants, "search"),
    ...named(clockMutants, "schedules"),
  ])
  const numbers = rows.map(([, , , looked, trace]) => [Number(looked), Number(trace)])
  expect(numbers).toEqual(found.mutants.map(({ looked, trace }) => [looked, trace.length]))
  expect(Math.min(...numbers.flat())).toBeGreaterThan(0)
})

it.each([
  [["--quick"], /unknown: --quick/],
  [["--random", "--count", "many"], /--count: many is no whole number/],
])("refuses %s", async (given, stderr) => {
  const args = ["--conditions=chatops-source", run, ...given]
  await expect(promisify(execFile)(process.execPath, args)).rejects.toMatchObject({ code: 2, stderr })
})

it("runs as many random schedules as it is told to, from a seed on", async () => {
  const args = ["--conditions=chatops-source", run, "--random", "--count", "20", "--seed", "7"]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toMatch(/✔ 20 schedules, .* nothing wrong/)
})
