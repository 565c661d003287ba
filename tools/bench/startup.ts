import { execFileSync, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Benchmark, Figure } from "./figure.ts"

const bin = new URL("../../packages/cli/bin/chatops.cjs", import.meta.url).pathname
const rounds = 21

interface Case {
  readonly name: string
  readonly args: readonly string[]
  readonly limit: number
  /** In an app that was made and not deployed, instead of a directory that holds nothing. */
  readonly inApp?: true
}

/** Command lines whose start is measured; each prints its first line as soon as it can. */
const cases: readonly Case[] = [
  { name: "--version", args: ["--version"], limit: 1.4 },
  { name: "--help", args: ["--help"], limit: 1.4 },
  { name: "deploy --help", args: ["deploy", "--help"], limit: 4 },
  { name: "status outside any app", args: ["status"], limit: 4 },
  { name: "doctor outside any app", args: ["doctor"], limit: 4 },
  ...[
    ["status"],
    ["deploy"],
    ["deploy", "--preview"],
    ["doctor"],
    ["history"],
    ["logs"],
    ["keys", "list"],
    ["secret", "list"],
    ["chat", "hi"],
  ].map(args => ({ name: `${args.join(" ")} in an app`, args, limit: 4, inApp: true }) as const),
]

/** Start-up as multiples of `node -e 0`, everything interleaved in one run. */
export default {
  name: "startup",
  description: "time until a command's first output, as a multiple of `node -e 0`",
  run: async () => {
    const home = mkdtempSync(join(tmpdir(), "chatops-bench-"))
    const app = join(home, "app")
    const env = { ...process.env, CHATOPS_STATE: join(home, "state"), CHATOPS_APP: "" }
    execFileSync(process.execPath, [bin, "init", app, "--yes"], { env })
    const samples = cases.map(measured => ({ ...measured, bare: [] as number[], took: [] as number[] }))
    for (let round = 0; round < rounds; round++)
      for (const { args, inApp, bare, took } of samples) {
        // Each beside its own: what else the machine does changes within a round.
        bare.push(wholeRun(["-e", "0"], home))
        took.push(await untilFirstOutput([bin, ...args], { cwd: inApp ? app : home, env }))
      }
    rmSync(home, { recursive: true, force: true })
    return samples.map(
      ({ name, limit, bare, took }): Figure => ({
        name,
        value: median(took) / median(bare),
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

/** Milliseconds until the first byte on either stream. What the command would do next is cut off, and waited for. */
async function untilFirstOutput(
  args: readonly string[],
  where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [...args], { ...where, stdio: ["ignore", "pipe", "pipe"] })
  let took = Number.NaN
  const heard = () => {
    if (Number.isNaN(took)) took = performance.now() - began
    child.kill()
  }
  child.stdout.once("data", heard)
  child.stderr.once("data", heard)
  await new Promise(done => child.once("close", done))
  return took
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
