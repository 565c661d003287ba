import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { appendFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { DrillFigures } from "@chatops/stacks/drill"
import { afterAll, beforeAll, expect, it } from "vitest"
import { chatops, startChatops } from "./support/chatops.ts"
import { killedAt } from "./support/end-at.ts"
import { gatewayMetric } from "./support/gateway-metrics.ts"
import { type Receiver, startReceiver } from "./support/receiver.ts"
import type { StatusDocument } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

interface Drilled {
  readonly drills: readonly {
    readonly id: string
    readonly seed: number
    readonly outcome: string
    readonly figures: DrillFigures
    readonly verdict: unknown
  }[]
}
interface Verified {
  readonly passed: boolean
}

let app: TestApp
/** Is told what happens. */
let receiver: Receiver

beforeAll(async () => {
  app = await makeApp()
  receiver = await startReceiver()
  app.edit(text =>
    text.replace(
      "durability: zero-loss",
      `durability: zero-loss\n    failover: automatic\n    objectives: { rto: 30s, rpo: 0 }
    notify: [{ url: "${receiver.url}", secret: { secret: hook } }]`,
    ),
  )
  const input = `whsec_${randomBytes(32).toString("base64")}`
  await chatops(["secret", "set", "hook"], { ...app.surroundings, input })
  await app.json("deploy", "--yes")
})
afterAll(async () => {
  await app?.remove()
  receiver.close()
})

const status = () => app.json<StatusDocument>("status")
const isWhole = async () => {
  const now = await status().catch(() => undefined)
  return now?.healthy === true && now.inSync !== null
}
const untilWhole = () => expect.poll(isWhole, { timeout: 60_000, interval: 200 }).toBe(true)

const short = { warmUp: 2, coolDown: 2 }
function scenario(name: string, kind: string, region: string, healAfter = 4, others = {}): string {
  const faults = [{ fault: { kind, region }, after: 0, healAfter }]
  const directory = join(app.directory, "drills")
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `${name}.yaml`), JSON.stringify({ summary: name, ...short, ...others, faults }))
  return name
}

/** Faults that are in effect. */
const broken = () => globSync("**/faults/*.json", { cwd: app.state })

/** From now on the primary acknowledges what is on nobody's disk, not even its own. */
function breakTheFence(region: string): void {
  const [pidFile = ""] = globSync(`**/regions/${region}/database/*/postmaster.pid`, { cwd: app.state })
  const data = dirname(join(app.state, pidFile))
  appendFileSync(join(data, "postgresql.conf"), "synchronous_commit = off\nwal_writer_delay = 10s\n")
  process.kill(Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10), "SIGHUP")
}

it("kills the primary's region under load, sees another take over by itself, and signs that nothing was lost", async () => {
  await untilWhole()
  const before = await status()
  const brokenStreams = () => gatewayMetric(app, "chatops_gateway_streams_broken_total")
  const brokenBefore = await brokenStreams()
  // Answers that take a second: some of them are being read when the region dies.
  const load = { turnsPerSecond: 20, turnsPerConversation: 4, thinkTime: 0.5, streamed: 1, answerTokens: 60 }
  const name = scenario("region", "kill-region", "$primary", 4, { load, warmUp: 4 })
  const { code, stdout } = await app.run("drill", "run", name, "--yes", "--json")
  const { drills } = JSON.parse(stdout) as Drilled
  expect([code, drills.map(({ outcome }) => outcome)]).toEqual([0, ["passed"]])
  expect(drills[0]?.verdict).toMatchObject({ rto: { wanted: 30_000, met: true }, rpo: { came: 0 }, violations: 0 })
  const [recovery] = drills[0]?.figures.recoveries ?? []
  for (const moment of ["detected", "claimed", "promoted", "firstByte", "rto", "redundant"] as const)
    expect(recovery?.[moment], moment).toBeGreaterThan(0)
  // Every stream that broke was gone on with or asked for again, unless its user had given up.
  const { streams, requests } = drills[0]!.figures
  const brokenByGateway = (await brokenStreams()) - brokenBefore
  expect(streams.resumed + streams.retried).toBeGreaterThanOrEqual(streams.broken - requests.failed)
  expect(brokenByGateway).toBeGreaterThan(0)
  expect(brokenByGateway).toBeLessThanOrEqual(streams.broken)
  expect((await status()).primary).not.toBe(before.primary)

  expect(await app.json<Verified>("drill", "verify")).toMatchObject({ passed: true })
  expect(await receiver.told("failover.finished")).toMatchObject({ from: before.primary, by: "watcher" })
  expect(await receiver.told("drill.finished")).toMatchObject({ id: drills[0]?.id, outcome: "passed", lost: 0 })
  // What the watcher did stands in the ledger beside the drill.
  const history = await app.json<readonly { record: { kind: string; actor: string } }[]>("history")
  expect(history.map(({ record }) => [record.kind, record.actor])).toContainEqual(["failover", "watcher"])
})

/** What the drill that was named so recorded of the register, and what the watcher thought meanwhile. */
async function meanwhile(id: string) {
  const file = globSync(`**/drills/${id}.jsonl`, { cwd: app.state })[0] ?? ""
  const lines = (path: string) => readFileSync(join(app.state, path), "utf8").trim().split("\n")
  const events = lines(file).map(line => JSON.parse(line) as { event: string; register: { epoch: number } })
  const { beganAt, endedAt } = await app.json<{ beganAt: string; endedAt: string }>("drill", "show", id)
  const [journal = ""] = globSync("**/entry/watcher.jsonl", { cwd: app.state })
  const thoughts = lines(journal).map(line => JSON.parse(line) as { at: string; event: string; reason: string })
  return {
    epochs: new Set(events.filter(({ event }) => event === "register").map(({ register }) => register.epoch)),
    thoughts: thoughts.filter(({ at }) => at >= beganAt && at <= endedAt),
  }
}

it("draws what breaks from seeds that follow one another, and nothing is lost to partitions and a full disk", async () => {
  await untilWhole()
  // These draw a partition of the regions, a full disk of the primary, and a partition of the entry from the primary.
  const seeds = [6744, 6745, 6746]
  const draw = ["--seed", "6744", "--count", "3", "--rate", "20"]
  const { drills } = await app.json<Drilled>("drill", "run", "random", ...draw, "--yes")
  const kinds = ["partition-regions", "fill-disk", "partition-entry"]
  const came = drills.map(({ seed, outcome, figures: { recoveries, turns, violations } }) => ({
    ...{ seed, outcome, kind: recoveries.map(({ fault }) => fault).join(), lost: turns.lost, violations },
  }))
  expect(came).toEqual(
    seeds.map((seed, index) => ({ seed, outcome: "passed", kind: kinds[index], lost: 0, violations: [] })),
  )
  // Between regions that are cut off from each other nobody changes places: the entry sees that the primary serves.
  const { epochs, thoughts } = await meanwhile(drills[0]?.id ?? "")
  expect(epochs.size).toBe(1)
  expect(thoughts.map(({ event }) => event)).not.toContain("asked")
  expect(thoughts.map(({ reason }) => reason)).toContainEqual(expect.stringMatching(/has lost .*and the entry has not/))
})

it("that is killed with its command goes on with resume: the fault heals by itself, and the drill is made again", async () => {
  await untilWhole()
  const name = scenario("frozen", "freeze-region", "$standby", 6)
  const child = startChatops(["drill", "run", name, "--yes", "--json"], app.surroundings)
  await expect.poll(broken, { timeout: 60_000, interval: 20 }).toHaveLength(1)
  const ended = once(child, "close")
  child.kill("SIGKILL")
  await ended
  await expect.poll(broken, { timeout: 30_000 }).toEqual([])
  expect((await status()).operation).toMatchObject({ kind: "drill", step: "drill" })
  expect(await app.json("resume", "--yes")).toMatchObject({ kind: "drill", outcome: "succeeded" })
  expect(await app.json<Verified>("drill", "verify")).toMatchObject({ passed: true })
  // Neither run's key outlives it.
  const keys = await app.json<readonly { name: string; revokedAt: string | null }[]>("keys", "list")
  expect(keys.filter(({ name, revokedAt }) => name.startsWith("op-") && revokedAt === null)).toEqual([])
})

it("that is killed at each of its steps, one after the other, leaves nothing broken and one piece of evidence", async () => {
  await untilWhole()
  const run = ["drill", "run", scenario("brief", "freeze-region", "$standby", 2, { coolDown: 1 }), "--yes"]
  const leftAt = async () => (await status()).operation
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
  await untilWhole()

  expect(await app.json<readonly unknown[]>("drill", "list")).toHaveLength(before.length + 1)
  const history = await app.json<readonly { record: { id: string; outcome: string } }[]>("history", "--limit", "100")
  expect(history.filter(({ record }) => record.id === id)).toMatchObject([{ record: { outcome: "succeeded" } }])
  expect(await app.json<Verified>("drill", "verify")).toMatchObject({ passed: true })
})

it("shows it when a primary acknowledges what nobody holds", async () => {
  await untilWhole()
  const { primary } = await status()
  const records = () => globSync("**/drills/*.jsonl", { cwd: app.state }).length
  const before = records()
  const drill = app.run("drill", "run", scenario("unfenced", "kill-region", "$primary"), "--yes", "--json")
  // Its key is safe by then: only turns are lost.
  await expect.poll(records, { timeout: 60_000, interval: 20 }).toBe(before + 1)
  breakTheFence(primary ?? "")
  const { code, stdout } = await drill
  const { drills } = JSON.parse(stdout) as Drilled
  expect([code, drills[0]?.outcome]).toEqual([7, "violated"])
  expect(drills[0]?.figures.turns.lost).toBeGreaterThan(0)
  expect(drills[0]?.figures.violations.map(({ rule }) => rule)).toContain("lost")
  // The evidence of a lost promise is evidence all the same.
  expect(await app.json<Verified>("drill", "verify")).toMatchObject({ passed: true })
})

it("fits a schedule: it asks nobody, tells the result in one line, and by its exit code", async () => {
  await untilWhole()
  const { code, stdout, stderr } = await app.run(
    "drill",
    "run",
    scenario("model", "lose-model", "$standby", 2),
    "--scheduled",
  )
  expect([code, stdout.trim().split("\n").length, stderr]).toEqual([0, 1, ""])
  expect(stdout).toMatch(/passed +model/)
  app.edit(text => text.replace("rto: 30s", "rto: 1ms"))
  const missed = await app.run("drill", "run", scenario("late", "kill-database", "$primary"), "--scheduled")
  expect([missed.code, missed.stdout.trim().split("\n").length]).toEqual([7, 1])
  expect(missed.stdout).toMatch(/missed +late/)
})

it("refuses what it does not know, what is marked as production, and a second fault beside the first", async () => {
  await untilWhole()
  const codeOf = async (...args: string[]) => JSON.parse((await app.run(...args, "--yes", "--json")).stdout).error.code
  expect(await codeOf("drill", "run", "no-such-thing")).toBe("SCENARIO_UNKNOWN")
  scenario("nowhere", "kill-region", "north")
  expect(await codeOf("drill", "run", "nowhere")).toBe("SCENARIO_INVALID")
  app.edit(text => text.replace("failover: automatic", "failover: automatic\n    production: true"))
  expect(await codeOf("drill", "run", "kill-region")).toBe("DRILL_PRODUCTION")
  // Where it is allowed it breaks things; and they stay broken when the command is gone.
  const long = scenario("long", "lose-model", "$standby", 3_600)
  const child = startChatops(["drill", "run", long, "--yes", "--yes-production"], app.surroundings)
  await expect.poll(broken, { timeout: 60_000, interval: 20 }).toHaveLength(1)
  const ended = once(child, "close")
  child.kill("SIGKILL")
  await ended
  expect(await codeOf("drill", "run", "kill-region", "--yes-production")).toBe("FAULT_ACTIVE")
})
