import { once } from "node:events"
import { appendFileSync, existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Fault } from "@chatops/stacks/drill"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { noTerminal, Terminal } from "../packages/cli/src/testing/terminal.ts"
import { bin, startChatops } from "./support/chatops.ts"
import { type DrilledApp, makeDrilledApp } from "./support/drilled-app.ts"
import { supervised } from "./support/regions.ts"

/** What a drill comes to, and how whoever asked for it is told. */
let drilled: DrilledApp
beforeAll(async () => {
  drilled = await makeDrilledApp()
})
afterAll(() => drilled?.remove())

it("fits a schedule: it asks nobody, tells the result in one line, and by its exit code", async () => {
  const { app } = drilled
  await drilled.untilWhole()
  const passed = await app.run("drill", "run", "lose-model", "--scheduled")
  expect([passed.code, passed.stdout.trim().split("\n").length, passed.stderr]).toEqual([0, 1, ""])
  expect(passed.stdout).toMatch(/passed +lose-model/)
  app.edit(text => text.replace("rto: 30s", "rto: 1ms"))
  const late = drilled.scenario("late", { kind: "kill-database", region: "$primary" })
  const missed = await app.run("drill", "run", late, "--scheduled")
  app.edit(text => text.replace("rto: 1ms", "rto: 30s"))
  expect([missed.code, missed.stdout.trim().split("\n").length]).toEqual([7, 1])
  expect(missed.stdout).toMatch(/missed +late/)
})

describe.skipIf(noTerminal)("on a terminal", { meta: { skipReason: noTerminal ?? "" } }, () => {
  it("asks nobody either when a step fails that was scheduled", async () => {
    const { app } = drilled
    await drilled.untilWhole()
    const name = drilled.scenario("unwritten", { kind: "lose-model", region: "$standby" }, 2)
    // Nothing can be recorded where a file lies in place of the directory.
    const [operations = ""] = globSync("**/operations", { cwd: app.state })
    const records = join(app.state, dirname(operations), "drills")
    if (existsSync(records)) renameSync(records, `${records}.aside`)
    writeFileSync(records, "")
    onTestFinished(() => {
      rmSync(records)
      if (existsSync(`${records}.aside`)) renameSync(`${records}.aside`, records)
    })
    const { cwd, env } = app.surroundings
    const surroundings = { cwd, env: { ...process.env, ...env }, deadline: 30_000 }
    const terminal = new Terminal([process.execPath, bin, "drill", "run", name, "--scheduled"], surroundings)
    expect(await terminal.end()).toBe(5)
    expect(terminal.screen).toContain("OPERATION_PAUSED")
    expect(terminal.screen).not.toContain("What now?")
    await app.json("resume", "--abort")
  })
})

/** Changes a region's database behind its supervisor's back. */
function reconfigure(region: string, file: string, change: (path: string) => void): void {
  const [pidFile = ""] = globSync(`**/regions/${region}/database/*/postmaster.pid`, { cwd: drilled.app.state })
  const data = dirname(join(drilled.app.state, pidFile))
  change(join(data, file))
  process.kill(Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10), "SIGHUP")
}

/** A drill that has begun: its key is safe by then, so that only turns can be lost. */
async function begun(name: string) {
  const before = drilled.records().length
  const { primary } = await drilled.status()
  const over = drilled.drill(name)
  await expect.poll(() => drilled.records().length, { timeout: 60_000, interval: 20 }).toBe(before + 1)
  return { primary: primary ?? "", over }
}

it("shows it when a primary acknowledges what nobody holds", async () => {
  await drilled.untilWhole()
  const drill = await begun(drilled.scenario("unconfirmed", { kind: "kill-region", region: "$primary" }))
  // From now on it acknowledges what is on nobody's disk, not even its own.
  reconfigure(drill.primary, "postgresql.conf", path =>
    appendFileSync(path, "synchronous_commit = off\nwal_writer_delay = 10s\n"),
  )
  const { code, drills } = await drill.over
  expect([code, drills[0]?.outcome]).toEqual([8, "violated"])
  expect(drills[0]?.figures.turns.lost).toBeGreaterThan(0)
  expect(drills[0]?.figures.violations.map(({ rule }) => rule)).toContain("lost")
  // The evidence of a lost promise is evidence all the same.
  expect(await drilled.verified()).toBe(true)
})

const apart: Fault = { kind: "partition-regions", regions: ["$primary", "$standby"] }
it.each([
  { fence: "whole", code: 0, outcome: "passed", rules: [] },
  {
    fence: "broken",
    code: 8,
    outcome: "violated",
    rules: expect.arrayContaining(["beyond-the-fork", "epoch-went-back", "lost"]),
  },
])(
  "shows whether a former primary whose supervisor stands still acknowledges beside the next one: its fence is $fence",
  async ({ fence, code, outcome, rules }) => {
    await drilled.untilWhole()
    const drill = await begun(drilled.scenario(`fence-${fence}`, apart, 6))
    // What its commits wait for is all that keeps a primary from acknowledging that has not heard of the next one.
    if (fence === "broken")
      reconfigure(drill.primary, "postgresql.auto.conf", path =>
        writeFileSync(path, "synchronous_standby_names = ''\n"),
      )
    await expect.poll(drilled.inEffect, { timeout: 60_000, interval: 20 }).toHaveLength(1)
    const [supervisor = 0] = supervised(drilled.app, `/regions/${drill.primary}`).pids
    process.kill(supervisor, "SIGSTOP")
    try {
      await expect.poll(drilled.broken, { timeout: 60_000, interval: 50 }).toEqual([])
    } finally {
      process.kill(supervisor, "SIGCONT")
    }
    const { drills, ...came } = await drill.over
    const [{ figures } = { figures: undefined }] = drills
    expect([came.code, drills[0]?.outcome]).toEqual([code, outcome])
    expect(figures?.violations.map(({ rule }) => rule)).toEqual(rules)
    expect((await drilled.status()).primary).not.toBe(drill.primary)
    expect(await drilled.verified()).toBe(true)
  },
)

it("heals what it broke long before its time when users have waited for as long as they may", async () => {
  await drilled.untilWhole()
  const name = drilled.scenario("endless", { kind: "freeze-region", region: "$primary" }, 600)
  const began = performance.now()
  const { code, drills } = await drilled.drill(name, "--abort-unanswered", "500ms")
  expect(performance.now() - began).toBeLessThan(60_000)
  expect([code, drills[0]?.outcome, drilled.broken()]).toEqual([9, "aborted", []])
  expect(drills[0]?.aborted).toMatch(/^nothing was acknowledged for 0\.5 s/)
  const [made, healed] = drilled.events(drills[0]?.id ?? "").filter(({ event }) => event.startsWith("fault-"))
  expect(healed!.at - made!.at).toBeLessThan(5_000)
  expect(await drilled.verified()).toBe(true)
})

it("refuses what it does not know, what is marked as production, and a second fault beside the first", async () => {
  const { app } = drilled
  await drilled.untilWhole()
  const codeOf = async (...args: string[]) => JSON.parse((await app.run(...args, "--yes", "--json")).stdout).error.code
  expect(await codeOf("drill", "run", "no-such-thing")).toBe("SCENARIO_UNKNOWN")
  expect(await codeOf("drill", "run", "kill-region", "--abort-unanswered", "soon")).toBe("USAGE")
  drilled.scenario("nowhere", { kind: "kill-region", region: "north" })
  expect(await codeOf("drill", "run", "nowhere")).toBe("SCENARIO_INVALID")
  app.edit(text => text.replace("failover: automatic", "failover: automatic\n    production: true"))
  expect(await codeOf("drill", "run", "kill-region")).toBe("DRILL_PRODUCTION")
  // Where it is allowed it breaks things; and they stay broken when the command is gone.
  const long = drilled.scenario("long", { kind: "lose-model", region: "$standby" }, 3_600)
  const child = startChatops(["drill", "run", long, "--yes", "--yes-production"], app.surroundings)
  await expect.poll(drilled.inEffect, { timeout: 60_000, interval: 20 }).toHaveLength(1)
  const ended = once(child, "close")
  child.kill("SIGKILL")
  await ended
  expect(await codeOf("drill", "run", "kill-region", "--yes-production")).toBe("FAULT_ACTIVE")
})
