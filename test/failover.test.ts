import { execFileSync } from "node:child_process"
import OpenAI from "openai"
import { afterAll, beforeAll, expect, it } from "vitest"
import { chatops } from "./support/chatops.ts"
import { judgeLoad, type Load, startLoad } from "./support/load.ts"
import { killAtOnce, supervised } from "./support/regions.ts"
import { type DeployDocument, type StatusDocument, waitUntilHealthy } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

interface FailoverDocument {
  readonly outcome: string
  readonly from: string
  readonly to: string
  readonly epoch: number
  readonly inSync: string | null
}

interface Explanation {
  readonly to: string
  readonly possible: boolean
  readonly steps: readonly { readonly name: string; readonly byHand: readonly string[] }[]
}

let app: TestApp
let url: string
let key: string

beforeAll(async () => {
  app = await makeApp()
  url = (await app.json<DeployDocument>("deploy", "--yes")).entry.url ?? ""
  key = (await app.json<{ key: string }>("keys", "create", "--name", "e2e")).key
})
afterAll(() => app?.remove())

type Status = StatusDocument & {
  readonly primarySince: string | null
  readonly failover: { readonly possible: boolean; readonly checks: readonly { readonly name: string }[] }
}
const status = () => app.json<Status>("status")
const since = async () => Date.parse((await status()).primarySince ?? "")
const untilInSync = (region: string) =>
  expect.poll(async () => (await status()).inSync, { timeout: 60_000, interval: 200 }).toBe(region)
const region = (name: string) => supervised(app, `/regions/${name}`)
const primaries = ({ regions }: StatusDocument) => regions.filter(({ role }) => role === "primary").map(one => one.name)

/** Ends with 99 when the command loads anything of the engine: a change of primary must not depend on that. */
const refuseEngine = new URL("../packages/cli/src/testing/refuse-engine.mjs", import.meta.url).href
async function withoutEngine(...args: string[]) {
  const env = { ...app.surroundings.env, NODE_OPTIONS: `--import=${refuseEngine}` }
  const { code, stdout, stderr } = await chatops([...args, "--yes", "--json"], { ...app.surroundings, env })
  expect([0, 6], stdout + stderr).toContain(code)
  return { code, document: JSON.parse(stdout) as FailoverDocument & { error: { code: string } } }
}
const refused = { code: 6, document: { error: { code: "FAILOVER_IMPOSSIBLE" } } }
const succeeded = (document: Partial<FailoverDocument>) => ({
  code: 0,
  document: { outcome: "succeeded", ...document },
})

/** Turns that are acknowledged, in the order of their coming; a load that goes on while nobody answers. */
let acknowledged = 0
const manyTurns = async (): Promise<Load> => {
  const onAcknowledged = () => acknowledged++
  const load = await startLoad({ url, key, perSecond: 30, halfStreamed: true, onAcknowledged })
  await load.answered(60)
  return load
}
const untilMoreAcknowledged = () =>
  expect.poll(() => acknowledged, { timeout: 60_000, interval: 50 }).toBeGreaterThan(acknowledged + 30)

async function losesNothing(load: Load) {
  const result = await load.finish()
  expect(await judgeLoad(result, { url, key })).toEqual({ lost: [], doubled: [] })
  return result
}

it("a region that is killed under load costs no acknowledged turn: the other takes over, and it comes back", async () => {
  await untilInSync("west")
  const [before, load] = [await since(), await manyTurns()]
  const killedAt = Date.now()
  killAtOnce(region("east"))
  expect(await withoutEngine("failover")).toMatchObject(succeeded({ from: "east", to: "west", epoch: 2, inSync: null }))
  await load.answered(200)
  await losesNothing(load)
  expect(await status()).toMatchObject({ healthy: false, primary: "west", epoch: 2, inSync: null })
  expect(before).toBeLessThan(killedAt)
  expect(await since()).toBeGreaterThanOrEqual(killedAt)

  // Alone, it may not be left: the other region lacks what was acknowledged since.
  expect(await withoutEngine("failover", "--to", "east")).toMatchObject(refused)
  // Nor does the preferred primary get its place back before it is there.
  expect(await withoutEngine("failback")).toMatchObject(refused)
  await app.json("deploy", "--yes")
  await untilInSync("east")
})

it("goes back to the preferred primary as planned under load, and no request fails", async () => {
  const load = await manyTurns()
  expect(await withoutEngine("failback")).toMatchObject(
    succeeded({ from: "west", to: "east", epoch: 3, inSync: "west" }),
  )
  await load.answered(200)
  expect(await losesNothing(load)).toMatchObject({ failures: [], broken: [] })
  expect(await status()).toMatchObject({ healthy: true, primary: "east", epoch: 3 })
  expect(await app.json<FailoverDocument>("failback", "--yes")).toMatchObject({ outcome: "unchanged" })
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  expect((await client.responses.create({ model: "gpt-5-mini", input: "Still there?" })).status).toBe("completed")
  // What it takes to carry everybody is looked at all the time.
  const names = async () => (await status()).failover.checks.map(({ name }) => name)
  const asked = ["witness", "connections", "keys", "secrets", "models"]
  await expect.poll(names, { timeout: 30_000, interval: 200 }).toEqual(expect.arrayContaining(asked))
})

it("both regions die at once under load and the primary comes back alone: it serves with all that was acknowledged", async () => {
  const [before, load] = [await since(), await manyTurns()]
  const [east, west] = [region("east"), region("west")]
  killAtOnce(east, west)
  expect((await status()).regions.map(({ reachable }) => reachable)).toEqual([false, false])
  east.start()
  await untilMoreAcknowledged()
  expect(await status()).toMatchObject({ primary: "east", epoch: 3, inSync: null })
  // It is the primary for as long as before, whoever died meanwhile.
  expect(await since()).toBe(before)
  west.start()
  await untilInSync("west")
  await losesNothing(load)
  await waitUntilHealthy(app)
  const after = await status()
  expect([after.epoch, primaries(after)]).toEqual([3, ["east"]])
})

it("both regions die at once under load and the standby comes back alone: it serves once it has claimed", async () => {
  const load = await manyTurns()
  const [east, west] = [region("east"), region("west")]
  killAtOnce(east, west)
  expect((await status()).regions.map(({ reachable }) => reachable)).toEqual([false, false])
  const before = acknowledged
  west.start()
  await expect.poll(async () => (await status()).failover.possible, { timeout: 60_000, interval: 100 }).toBe(true)
  expect([acknowledged, await status()]).toMatchObject([before, { primary: "east", epoch: 3, inSync: "west" }])
  expect(await withoutEngine("failover")).toMatchObject(succeeded({ from: "east", to: "west", epoch: 4, inSync: null }))
  await untilMoreAcknowledged()
  east.start()
  await untilInSync("east")
  await losesNothing(load)
  await waitUntilHealthy(app)
  const after = await status()
  expect([after.epoch, primaries(after)]).toEqual([4, ["west"]])
})

/** Does what a person would who pastes the lines of one step. */
async function byHand(step: string, ...flags: readonly string[]): Promise<Explanation> {
  const explanation = await app.json<Explanation>("failover", "--explain", ...flags)
  const lines = explanation.steps.find(({ name }) => name === step)?.byHand ?? []
  execFileSync("sh", ["-e"], { input: lines.join("\n") })
  return explanation
}

it("the claim is made by hand with the lines that `failover --explain` tells", async () => {
  expect(await byHand("claim")).toMatchObject({ to: "east", possible: true })
  expect(await status()).toMatchObject({ primary: "east", epoch: 5 })
  await untilInSync("west")
})

it("so is a planned one under load, and no request fails", async () => {
  const load = await manyTurns()
  expect(await byHand("hand over", "--planned")).toMatchObject({ to: "west", possible: true })
  expect(await status()).toMatchObject({ primary: "west", epoch: 6 })
  await load.answered(200)
  expect(await losesNothing(load)).toMatchObject({ failures: [], broken: [] })
  await untilInSync("east")
  await waitUntilHealthy(app)
})

it("without the witness users are served and nobody is made primary, and a deploy mends that and changes nothing else", async () => {
  killAtOnce(supervised(app, "/witness"))
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  expect((await client.responses.create({ model: "gpt-5-mini", input: "And now?" })).status).toBe("completed")
  expect(await withoutEngine("failover")).toMatchObject({
    code: 6,
    document: { error: { code: "WITNESS_UNREACHABLE" } },
  })
  const silent = await app.json<{ witness: { detail: string } }>("status")
  expect(silent.witness.detail).toMatch(/; west serves while east confirms, and can neither go on without it nor/)
  const drill = await app.run("drill", "run", "kill-region", "--yes", "--json")
  expect([drill.code, JSON.parse(drill.stdout).error.code]).toEqual([6, "DRILL_NOT_READY"])
  // Whoever was killed, claimed or followed since the last deploy is as that left it.
  const { changes } = await app.json<DeployDocument>("deploy", "--yes")
  expect(changes.map(({ stack }) => stack)).toEqual(["base"])
  expect(await status()).toMatchObject({ healthy: true, primary: "west", epoch: 6, failover: { possible: true } })
})
