import OpenAI from "openai"
import { afterAll, beforeAll, expect, it } from "vitest"
import { judgeLoad, startLoad } from "./support/load.ts"
import { killAll, processesNaming, processTree } from "./support/processes.ts"
import type { DeployDocument, StatusDocument } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

interface FailoverDocument {
  readonly outcome: string
  readonly from: string
  readonly to: string
  readonly epoch: number
  readonly inSync: string | null
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

const status = () => app.json<StatusDocument>("status")
const untilInSync = (region: string) =>
  expect.poll(async () => (await status()).inSync, { timeout: 60_000, interval: 200 }).toBe(region)

function killRegion(region: string): void {
  const agent = processesNaming(app.state).find(({ commandLine }) => commandLine.endsWith(`/regions/${region}`))
  killAll(processTree(agent?.pid ?? Number.NaN, processesNaming("")))
}

it("a region that is killed under load costs no acknowledged turn: the other takes over, and it comes back", async () => {
  await untilInSync("west")
  const load = await startLoad({ url, key, perSecond: 30, halfStreamed: true })
  await load.answered(60)
  killRegion("east")
  const done = await app.json<FailoverDocument>("failover", "--yes")
  expect(done).toMatchObject({ outcome: "succeeded", from: "east", to: "west", epoch: 2, inSync: null })
  await load.answered(200)
  const result = await load.finish()
  expect(await judgeLoad(result, { url, key })).toEqual({ lost: [], doubled: [] })
  expect(await status()).toMatchObject({ healthy: false, primary: "west", epoch: 2, inSync: null })

  // Alone, it may not be left: the other region lacks what was acknowledged since.
  const refused = await app.run("failover", "--to", "east", "--yes", "--json")
  expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([6, "FAILOVER_IMPOSSIBLE"])
  await app.json("deploy", "--yes")
  await untilInSync("east")
})

it("goes back to the preferred primary as planned under load, and no request fails", async () => {
  const load = await startLoad({ url, key, perSecond: 30, halfStreamed: true })
  await load.answered(60)
  const done = await app.json<FailoverDocument>("failback", "--yes")
  expect(done).toMatchObject({ outcome: "succeeded", from: "west", to: "east", epoch: 3, inSync: "west" })
  await load.answered(200)
  const result = await load.finish()
  expect(result).toMatchObject({ failures: [], broken: [] })
  expect(await judgeLoad(result, { url, key })).toEqual({ lost: [], doubled: [] })
  expect(await status()).toMatchObject({ healthy: true, primary: "east", epoch: 3 })
  expect(await app.json<FailoverDocument>("failback", "--yes")).toMatchObject({ outcome: "unchanged" })
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  expect((await client.responses.create({ model: "gpt-5-mini", input: "Still there?" })).status).toBe("completed")
})
