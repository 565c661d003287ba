import { once } from "node:events"
import { text } from "node:stream/consumers"
import type { Scenario } from "@chatops/stacks/drill"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startChatops } from "./support/chatops.ts"
import { type DrilledApp, makeDrilledApp } from "./support/drilled-app.ts"
import { killedAt } from "./support/end-at.ts"

/** Drills that do not come to their end by themselves. */
let drilled: DrilledApp
beforeAll(async () => {
  drilled = await makeDrilledApp()
})
afterAll(() => drilled?.remove())

const leftAt = async () => (await drilled.status()).operation

/** Runs a drill until it has broken something, and ends its command by this signal. */
async function endedWhileBroken(signal: "SIGINT" | "SIGKILL", ...args: readonly string[]) {
  await drilled.untilWhole()
  const child = startChatops(["drill", "run", ...args, "--yes", "--json"], drilled.app.surroundings)
  const said = text(child.stdout!)
  await expect.poll(drilled.inEffect, { timeout: 60_000, interval: 20 }).toHaveLength(1)
  const [healsAt = 0] = drilled.inEffect()
  const ended = once(child, "close")
  child.kill(signal)
  const [code] = await ended
  return { code: code as number | null, said: await said, healsAt }
}

it("that is killed with its command goes on with resume: the fault heals by itself, and the drill is made again", async () => {
  const name = drilled.scenario("frozen", { kind: "freeze-region", region: "$standby" }, 6)
  const series = ["--seed", "5", "--count", "3", "--rate", "15", "--abort-unanswered", "1m"]
  await endedWhileBroken("SIGKILL", name, ...series)
  await expect.poll(drilled.broken, { timeout: 30_000 }).toEqual([])
  expect(await leftAt()).toMatchObject({ kind: "drill", step: "drill" })
  const { code, stdout } = await drilled.app.run("resume", "--yes")
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^drill op-\S+: finished, and passed/m)])
  // Nobody goes on with the series by itself.
  const rest = "drill run frozen --seed 6 --count 2 --rate 15 --abort-unanswered 60s --yes"
  expect(stdout).toMatch(new RegExp(`^2 of the series of 3 drills were not made: \`.*chatops\\S* ${rest}\``, "m"))
  expect(await drilled.verified()).toBe(true)
  // Neither run's key outlives it.
  const keys = await drilled.app.json<readonly { name: string; revokedAt: string | null }[]>("keys", "list")
  expect(keys.filter(({ name, revokedAt }) => name.startsWith("op-") && revokedAt === null)).toEqual([])
})

it("that is killed while its primary changes breaks on resume whoever is primary by then", async () => {
  const name = drilled.scenario("region", { kind: "kill-region", region: "$primary" })
  await drilled.untilWhole()
  const { primary: before } = await drilled.status()
  await endedWhileBroken("SIGKILL", name, "--seed", "5", "--count", "3")
  const left = await leftAt()
  expect(left).toMatchObject({ kind: "drill", step: "drill" })
  const resumed = await drilled.app.json<{ drill: { id: string } }>("resume", "--yes")
  const command = expect.stringMatching(/chatops\S* drill run region --seed 6 --count 2 --yes$/)
  const rest = { planned: 3, following: 2, command }
  expect(resumed.drill).toEqual({ id: left?.id, outcome: "passed", rest })
  const { scenario } = await drilled.app.json<{ scenario: Scenario }>("drill", "show", resumed.drill.id)
  const between = scenario.faults.map(({ fault }) => "region" in fault && fault.region)
  expect([before, ...between].toSorted()).toEqual(["east", "west"])
  await drilled.untilWhole()
  expect((await drilled.status()).primary).toBe(before)
  expect(await drilled.verified()).toBe(true)
})

it("that somebody ends with Ctrl-C heals what it broke before its time, and goes on with resume", async () => {
  const name = drilled.scenario("stopped", { kind: "freeze-region", region: "$standby" }, 15)
  const { code, said, healsAt } = await endedWhileBroken("SIGINT", name)
  expect([code, drilled.broken()]).toEqual([130, []])
  expect(healsAt - Date.now()).toBeGreaterThan(5_000)
  expect(JSON.parse(said).error).toMatchObject({ code: "INTERRUPTED" })
  expect(await leftAt()).toMatchObject({ kind: "drill", step: "drill" })
  expect(await drilled.app.json("resume", "--yes")).toMatchObject({ drill: { outcome: "passed" } })
  expect([await leftAt(), await drilled.verified()]).toEqual([null, true])
})

it("that is killed at each of its steps, one after the other, leaves nothing broken and one piece of evidence", async () => {
  const { app, broken } = drilled
  await drilled.untilWhole()
  const name = drilled.scenario("brief", { kind: "freeze-region", region: "$standby" }, 2, { coolDown: 1 })
  const run = ["drill", "run", name, "--yes"]
  for (const moment of [{ done: "preflight" }, { done: "confirm" }]) {
    await killedAt(run, moment, app.surroundings)
    expect(await leftAt()).toBeNull()
  }
  const before = await app.json<readonly unknown[]>("drill", "list")
  await killedAt(run, { begun: "drill" }, app.surroundings)
  const left = await leftAt()
  expect(left).toMatchObject({ kind: "drill", step: "drill" })
  const [id, resume] = [left?.id ?? "", ["resume", "--yes"]]
  for (const moment of [{ done: "drill" }, { begun: "record" }, { done: "record" }]) {
    await killedAt(resume, moment, app.surroundings)
    expect(await leftAt()).toMatchObject({ id, step: Object.values(moment)[0] })
    expect(broken()).toEqual([])
  }
  expect((await app.run("status")).stdout).toMatch(
    new RegExp(`unfinished drill ${id} at step record: \`.*chatops\\S* resume`),
  )
  expect(await app.json(...resume)).toMatchObject({ operation: id, kind: "drill", outcome: "succeeded" })
  expect(await leftAt()).toBeNull()
  await drilled.untilWhole()

  expect(await app.json<readonly unknown[]>("drill", "list")).toHaveLength(before.length + 1)
  const history = await app.json<readonly { record: { id: string; outcome: string } }[]>("history", "--limit", "100")
  expect(history.filter(({ record }) => record.id === id)).toMatchObject([{ record: { outcome: "succeeded" } }])
  expect(await drilled.verified()).toBe(true)
})
