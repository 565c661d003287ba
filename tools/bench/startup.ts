import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Benchmark, Figure } from "./figure.ts"

const bin = new URL("../../packages/cli/bin/chatops.cjs", import.meta.url).pathname
const rounds = 21

/** Command lines whose start is measured; each prints its first line as soon as it can. */
const cases = [
  { name: "--version", args: ["--version"], limit: 1.4 },
  { name: "--help", args: ["--help"], limit: 1.4 },
  { name: "deploy --help", args: ["deploy", "--help"], limit: 4 },
  { name: "status outside any app (first line)", args: ["status"], limit: 4 },
  { name: "doctor (first line)", args: ["doctor"], limit: 4 },
] as const

/** Start-up as multiples of `node -e 0`, everything interleaved in one run. */
export default {
  name: "startup",
  description: "time until a command's first output line, as a multiple of `node -e 0`",
  run: async () => {
    const home = mkdtempSync(join(tmpdir(), "chatops-bench-"))
    const samples = new Map<string, number[]>()
    const add = (name: string, value: number) => samples.set(name, [...(samples.get(name) ?? []), value])
    for (let round = 0; round < rounds; round++) {
      const bare = wholeRun(["-e", "0"], home)
      for (const { name, args } of cases) add(name, (await untilFirstLine([bin, ...args], home)) / bare)
    }
    rmSync(home, { recursive: true, force: true })
    return cases.map(
      ({ name, limit }): Figure => ({
        name,
        value: median(samples.get(name) ?? []),
        unit: "× node -e 0",
        limit: { op: "<=", value: limit },
      }),
    )
  },
} satisfies Benchmark

function wholeRun(args: readonly string[], cwd: string): number {
  const began = performance.now()
  spawnSync(process.execPath, [...args], { cwd, stdio: "ignore" })
  return performance.now() - began
}

async function untilFirstLine(args: readonly string[], cwd: string): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"] })
  const { promise, resolve } = Promise.withResolvers<number>()
  child.stdout.once("data", () => resolve(performance.now() - began))
  child.stderr.once("data", () => resolve(performance.now() - began))
  const [took] = await Promise.all([promise, new Promise(done => child.once("close", done))])
  return took
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
