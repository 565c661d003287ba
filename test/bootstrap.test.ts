import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { noTerminal, Terminal } from "../packages/cli/src/testing/terminal.ts"
import { root } from "./support/chatops.ts"
import { killAll, processesNaming } from "./support/processes.ts"
import { requirePulumi } from "./support/pulumi.ts"

/** What a new user does: a fresh clone and the README's command, with whatever Node the machine has. */
let home = ""
let clone: string
beforeAll(async () => {
  await requirePulumi()
  home = mkdtempSync(join(tmpdir(), "chatops-e2e-"))
  // Root runs PostgreSQL as another user, who has to pass.
  chmodSync(home, 0o755)
  clone = join(home, "chatops")
  execFileSync("git", ["clone", "-q", "--local", root, clone])
})
afterAll(async () => {
  if (home === "") return
  await shell("npx chatops destroy --yes")
  killAll(processesNaming(home).map(({ pid }) => pid))
  rmSync(home, { recursive: true, force: true })
})

/** Nothing of the checkout that runs this test: neither its Node nor its programs. */
function surroundings(): NodeJS.ProcessEnv {
  const paths = (process.env["PATH"] ?? "").split(":").filter(path => !path.includes("node_modules"))
  const env = { ...process.env, NODE_ENV: "", VITEST: "", CHATOPS_STATE: join(home, "state"), PATH: paths.join(":") }
  for (const name of Object.keys(env).filter(name => /^npm_/i.test(name))) delete (env as NodeJS.ProcessEnv)[name]
  return env
}

async function shell(command: string, cwd = clone): Promise<{ code: number; output: string }> {
  const child = spawn("bash", ["-c", command], { cwd, env: surroundings(), stdio: ["ignore", "pipe", "pipe"] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  return { code: code ?? 1, output: out + err }
}

async function onTerminal(command: readonly [string, ...string[]]): Promise<{ code: number; output: string }> {
  const terminal = new Terminal(command, { cwd: clone, env: surroundings() })
  return { code: (await terminal.end()) ?? 1, output: terminal.screen }
}

/** What `npm start` left to read, on a terminal where there can be one. */
let shown = ""

it("`npm start` in a fresh clone deploys the quickstart, and says what was made and what to try", async () => {
  const { code, output } = noTerminal ? await shell("npm start") : await onTerminal(["npm", "start"])
  shown = output
  expect([code, output]).toEqual([0, expect.stringMatching(/Deployed local in/)])
  expect(existsSync(join(clone, "quickstart", ".git"))).toBe(true)
  expect(output).toMatch(/✔ regions +\d/)
  expect(output).toMatch(/answer.*You said/)
  expect(output).toMatch(/chat page +http:/)
  const next = output.slice(output.indexOf("Next:")).match(/^ {2}npx chatops .*/gm) ?? []
  expect(next).toHaveLength(3)
  for (const command of next.filter(line => !line.includes("--follow"))) {
    expect([command, await shell(command)]).toEqual([command, expect.objectContaining({ code: 0 })])
  }
  expect(await shell("npx chatops status --json", join(clone, "quickstart"))).toMatchObject({ code: 0 })
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: clone, encoding: "utf8" })).toBe("")
})

it("shows what the README shows", context => {
  context.skip(noTerminal !== undefined, noTerminal)
  const readme = readFileSync(join(clone, "README.md"), "utf8")
  const sample = /^```\n(Installing packages[\s\S]*?)^```$/m.exec(readme)?.[1] ?? ""
  // npm's own lines come first.
  expect(masked(shown.slice(shown.indexOf("Installing packages")))).toBe(masked(sample))
})

it("once more, it makes what was removed, changes nothing and says so", async () => {
  const before = processesNaming(home).map(({ pid }) => pid)
  rmSync(join(clone, "packages/cli/bundle"), { recursive: true })
  const { code, output } = await shell("npm start")
  expect([code, output]).toEqual([0, expect.stringMatching(/Nothing to change/)])
  expect(processesNaming(home).map(({ pid }) => pid)).toEqual(before)
})

it("an app elsewhere comes with commands that work there", async () => {
  const app = join(home, "my-bot")
  expect(await shell(`npx chatops init ${app} --yes`)).toMatchObject({ code: 0 })
  const chatops = /^(.+) deploy$/m.exec(readFileSync(join(app, "README.md"), "utf8"))?.[1] ?? ""
  const workflow = readFileSync(join(app, ".github/workflows/chatops.yml"), "utf8")
  const runs = [...workflow.matchAll(/run: (.*)/g)].map(([, run = ""]) =>
    run.replace(/^\S+ vars\.CHATOPS \S+/, chatops),
  )
  expect(runs).toHaveLength(2)
  for (const run of runs) expect([run, await shell(run, app)]).toEqual([run, expect.objectContaining({ code: 0 })])
})

it("says which Node it was started with, and brings its own", async () => {
  const { output } = await shell(`node --version; npx chatops doctor`)
  const [machine, brought] = output.match(/v\d+\.\d+\.\d+/g) ?? []
  process.stdout.write(`bootstrap: started with Node ${machine}, runs on ${brought}\n`)
  expect(brought).toMatch(/^v24\./)
  expect(dirname(clone)).toBe(home)
})

/** Without what is another one every time. */
function masked(text: string): string {
  return text
    .trim()
    .replaceAll(/(\d+ min )?\d+(\.\d)? s\b/g, "# s")
    .replaceAll(/op-[\w-]+/g, "op-#")
    .replaceAll(/^app .*/gm, "app #")
    .replaceAll(/rel_\w+/g, "rel_#")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:#")
    .replaceAll(/#token=\S+/g, "#token=#")
    .replaceAll(/(?<=answers: You said).*/g, "#")
}
