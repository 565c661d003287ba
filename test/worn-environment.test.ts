import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startChatops } from "./support/chatops.ts"
import { processesNaming } from "./support/processes.ts"
import { killedAtLine, sawLine } from "./support/seen-line.ts"
import type { DeployDocument, StatusDocument } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

/** One environment that lives through all of this, one after the other, and is destroyed in the end. */
let app: TestApp
let replicas = 1
beforeAll(async () => {
  app = await makeApp()
  app.edit(text => text.replace("replicas: 2", "replicas: 1"))
  await app.json<DeployDocument>("deploy", "--yes")
})
afterAll(() => app?.remove())

/** Something for the next deploy to do. */
function change(): number {
  const next = 3 - replicas
  app.edit(text => text.replace(`replicas: ${replicas}`, `replicas: ${next}`))
  replicas = next
  return next
}

const git = (...args: string[]) => execFileSync("git", args, { cwd: app.directory, encoding: "utf8" })
const entries = async () =>
  (await app.json<{ record: { id: string } }[]>("history", "--limit", "100")).map(({ record }) => record.id)

it("a deploy that is killed between any two of its steps is finished by resume, and recorded once", {
  timeout: 300_000,
}, async () => {
  let recorded = (await entries()).length
  for (const step of ["confirm", "base", "regions", "entry", "retire", "verify", "record"]) {
    const replicas = change()
    const child = startChatops(["deploy", "--yes"], app.surroundings)
    const closed = once(child, "close")
    await sawLine(child, new RegExp(`✔ ${step}`))
    child.kill("SIGKILL")
    await closed
    // Nothing is left of one that had changed nothing yet, nor of one that was over.
    const { operation } = await app.json<StatusDocument>("status")
    const finished = await app.run(operation ? "resume" : "deploy", "--yes")
    expect([step, finished.code, finished.stderr]).toEqual([step, 0, ""])
    const { healthy, regions } = await app.json<StatusDocument>("status")
    expect([step, healthy, regions[0]?.replicas.length]).toEqual([step, true, replicas])
    const ids = await entries()
    expect([step, ids.length, new Set(ids).size]).toEqual([step, ++recorded, recorded])
  }
})

it("of two operations at once the second is refused and told who is first", async () => {
  change()
  const first = startChatops(["deploy", "--yes"], app.surroundings)
  await sawLine(first, /✔ validate/)
  const { error } = await app.json<{ error: unknown }>("deploy", "--yes")
  expect(error).toMatchObject({ code: "OPERATION_RUNNING", details: { operation: "deploy", pid: first.pid } })
  const [code] = await once(first, "close")
  expect(code).toBe(0)
})

it("a state that a dead engine has locked is unlocked", async () => {
  const [environment] = execFileSync("find", [app.state, "-type", "d", "-path", "*/pulumi/state/.pulumi"], {
    encoding: "utf8",
  })
    .trim()
    .split("\n")
  const locks = join(environment ?? "", "locks", "organization", "quickstart", "base")
  const lockedBy = (pid: number | undefined) => {
    mkdirSync(locks, { recursive: true })
    const lock = { pid, username: "x", hostname: hostname(), timestamp: new Date().toISOString() }
    writeFileSync(join(locks, "0.json"), JSON.stringify(lock))
  }
  const endWitness = () => {
    const [agent] = processesNaming(app.state).filter(({ commandLine }) => commandLine.endsWith("/witness"))
    process.kill(agent?.pid ?? 0, "SIGKILL")
  }
  const repaired = { outcome: "succeeded", changes: [{ stack: "base", operation: "update" }] }

  const dead = spawn("true")
  await once(dead, "close")
  lockedBy(dead.pid)
  endWitness()
  expect(await app.json<DeployDocument>("deploy", "--yes")).toMatchObject(repaired)
  expect(existsSync(join(locks, "0.json"))).toBe(false)

  // The engine of a deploy that was killed a moment ago.
  symlinkSync("/bin/sleep", join(app.directory, "..", "pulumi"))
  const dying = spawn(join(app.directory, "..", "pulumi"), ["600"])
  lockedBy(dying.pid)
  endWitness()
  const waiting = startChatops(["deploy", "--yes"], app.surroundings)
  const closed = once(waiting, "close")
  await sawLine(waiting, /waiting for the engine/)
  dying.kill("SIGKILL")
  expect((await closed)[0]).toBe(0)
})

it("in a repository without identity, detached, dirty, with a remote that moved: the deploy succeeds and the ledger is complete", async () => {
  change()
  const remote = join(app.directory, "..", "remote.git")
  execFileSync("git", ["init", "--bare", "-q", remote])
  git("remote", "add", "origin", remote)
  git("checkout", "-q", "--detach")
  writeFileSync(join(app.directory, "notes.txt"), "not committed")
  const first = await app.json<DeployDocument>("deploy", "--yes")
  // Somebody else's entry reaches the remote first.
  const tip = git("rev-parse", "refs/heads/chatops/ledger").trim()
  const tree = git("rev-parse", `${tip}^{tree}`).trim()
  const theirs = execFileSync(
    "git",
    ["-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", tree, "-p", tip, "-m", "moved"],
    { cwd: app.directory, encoding: "utf8" },
  ).trim()
  git("push", "-q", "-f", "origin", `${theirs}:refs/heads/chatops/ledger`)
  change()
  const second = await app.json<DeployDocument>("deploy", "--yes")
  const remoteLog = execFileSync("git", ["--git-dir", remote, "log", "--format=%B", "chatops/ledger"], {
    encoding: "utf8",
  })
  for (const { operation } of [first, second]) expect(remoteLog).toContain(operation)
  expect(remoteLog).toContain("moved")
  expect(git("status", "--porcelain").trim()).toMatch(/notes\.txt/)
})

it("a destroy that is killed in its middle is finished by the next one, and nothing is left", async () => {
  for (const step of ["confirm", "stacks", "record"]) {
    const killed = await killedAtLine(["destroy", "--yes"], new RegExp(`✔ ${step}`), app.surroundings)
    // What follows the record takes a moment only.
    if (step !== "record") expect([step, killed]).toEqual([step, "killed"])
  }
  expect((await app.run("destroy", "--yes")).code).toBe(0)
  expect(processesNaming(app.state)).toEqual([])
  expect(readdirSync(app.state).filter(entry => entry.startsWith("quickstart"))).toEqual([])
})
