import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { clockMutants } from "./clock-mutants.ts"
import { mutants } from "./mutants.ts"
import { scenarios } from "./scenarios.ts"

const run = fileURLToPath(new URL("run.ts", import.meta.url))

interface Found {
  readonly searches: readonly { scenario: string; complete: boolean; states: number }[]
  readonly random: { schedules: number; failure?: unknown }
  readonly mutants: readonly { mutant: string; found: { trace: readonly string[] } | null }[]
}

it("finds nothing wrong with the protocol, and each rule that is taken away", { timeout: 300_000 }, async () => {
  const args = ["--conditions=chatops-source", run, "--short", "--json"]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 })
  const found = JSON.parse(stdout) as Found
  const short = scenarios.filter(({ length }) => length === "short")
  expect(found.searches).toMatchObject(short.map(({ name }) => ({ scenario: name, complete: true })))
  // A search that cannot get anywhere finds nothing wrong either.
  expect(Math.max(...found.searches.map(({ states }) => states))).toBeGreaterThan(50_000)
  expect(found.random.schedules).toBeGreaterThan(100)
  expect(found.random.failure).toBeUndefined()
  expect(found.mutants.filter(mutant => mutant.found === null)).toEqual([])
  expect(found.mutants).toHaveLength(mutants.length + clockMutants.length)
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
