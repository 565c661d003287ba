import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { judgeLoad, startLoad } from "./support/load.ts"
import { killAll } from "./support/processes.ts"
import { supervised } from "./support/regions.ts"
import { type DeployDocument, type StatusDocument, waitUntilHealthy } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

interface FailoverDocument {
  readonly outcome: string
  readonly from: string
  readonly to: string
  readonly epoch: number
  readonly claimMs: number
  readonly claim: string
  readonly mayBeLost: { readonly turns: number | null; readonly seconds: number | null } | null
}

type Failover = StatusDocument & {
  readonly failover: { readonly possible: boolean; readonly to: string | null; readonly wouldLose: object | null }
  readonly watcher: { readonly verdict: string; readonly reason: string | null } | null
}

/** Everything of a region: its supervisor and whatever that keeps. */
const processesOf = (app: TestApp, region: string) => supervised(app, `/regions/${region}`).pids

/** An acknowledged turn, and when it was. */
async function turn(client: OpenAI, input: string) {
  const { id } = await client.responses.create({ model: "gpt-5-mini", input, max_output_tokens: 4 })
  return { id, at: Date.now() }
}

describe("under async", () => {
  let app: TestApp
  let url: string
  let key: string
  const status = () => app.json<Failover>("status")

  beforeAll(async () => {
    app = await makeApp()
    app.edit(text => text.replace("durability: zero-loss", "durability: async\n    failover: automatic"))
    url = (await app.json<DeployDocument>("deploy", "--yes")).entry.url ?? ""
    key = (await app.json<{ key: string }>("keys", "create", "--name", "e2e")).key
  })
  afterAll(() => app?.remove())

  it("the watcher gives up what was acknowledged last for a region that is gone, and says what that may have cost", async () => {
    await expect.poll(async () => (await status()).watcher?.verdict, { timeout: 30_000, interval: 200 }).toBe("well")
    expect((await status()).failover).toMatchObject({ possible: true, to: "west", wouldLose: expect.anything() })
    const load = await startLoad({ url, key, perSecond: 20 })
    await load.answered(60)
    killAll(processesOf(app, "east"))
    await expect.poll(async () => (await status()).primary, { timeout: 30_000, interval: 100 }).toBe("west")
    await load.answered(200)
    const result = await load.finish()
    const { lost, doubled } = await judgeLoad(result, { url, key })
    expect(doubled).toEqual([])
    // Nothing that was acknowledged long before: at 20 turns a second, what a few seconds hold.
    expect(lost.length).toBeLessThan(60)
    // Whoever looks at the ledger next brings it there.
    const history = await app.json<{ record: { actor: string; result: FailoverDocument } }[]>("history")
    const made = history.find(({ record }) => record.actor === "watcher")
    expect(made?.record.result).toMatchObject({ from: "east", to: "west", claim: "async", mayBeLost: { turns: null } })
    // The lease is counted in.
    expect(made?.record.result.mayBeLost?.seconds).toBeGreaterThan(2)
    expect(made?.record.result.mayBeLost?.seconds).toBeLessThan(20)
    await app.json("deploy", "--yes")
  }, 240_000)

  it("a planned failover and stricter promises cost nothing under load, and the register has them once they hold", async () => {
    const [file = ""] = globSync("*/local/witness/register.json", { cwd: app.state })
    const register = () => JSON.parse(readFileSync(join(app.state, file), "utf8")) as Register
    const promised = async (durability: string, onLoss: string) => {
      await app.json("deploy", "--yes")
      const look = () => [register().durability, register().onLoss, register().inSync !== null]
      await expect.poll(look, { timeout: 60_000, interval: 100 }).toEqual([durability, onLoss, true])
    }
    await waitUntilHealthy(app)
    const load = await startLoad({ url, key, perSecond: 20, halfStreamed: true })
    const done = await app.json<FailoverDocument>("failover", "--planned", "--yes")
    expect(done).toMatchObject({ outcome: "succeeded", from: "west", to: "east", mayBeLost: null })
    app.edit(text => text.replace("durability: async", "durability: zero-loss\n    on-standby-loss: block"))
    await promised("zero-loss", "block")
    app.edit(text => text.replace("on-standby-loss: block", "on-standby-loss: degrade"))
    await promised("zero-loss", "degrade")
    const result = await load.finish()
    expect(result).toMatchObject({ failures: [], broken: [] })
    expect(await judgeLoad(result, { url, key })).toEqual({ lost: [], doubled: [] })
    expect(await status()).toMatchObject({ healthy: true, primary: "east", durability: "zero-loss" })
  }, 240_000)
})

describe("where it is not async", () => {
  let app: TestApp
  let client: OpenAI

  beforeAll(async () => {
    app = await makeApp()
    const url = (await app.json<DeployDocument>("deploy", "--yes")).entry.url ?? ""
    const { key } = await app.json<{ key: string }>("keys", "create", "--name", "e2e")
    client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key })
  })
  afterAll(() => app?.remove())

  const status = () => app.json<Failover>("status")
  const refusal = async (...flags: string[]) => {
    const { stdout } = await app.run("failover", ...flags, "--yes", "--json")
    return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error
  }

  it("a region that lacks turns takes over by force only, and no more is lost than was said", async () => {
    await expect.poll(async () => (await status()).inSync, { timeout: 60_000, interval: 200 }).toBe("west")
    const kept = await turn(client, "in two regions")
    const west = processesOf(app, "west")
    killAll(west, "SIGSTOP")
    await expect.poll(async () => (await status()).inSync, { timeout: 30_000, interval: 200 }).toBe(null)
    expect(await refusal("--force")).toMatchObject({ code: "FAILOVER_IMPOSSIBLE" })
    const lost = [await turn(client, "in one region"), await turn(client, "in one region, too")]
    killAll(processesOf(app, "east"))
    killAll(west, "SIGCONT")
    await expect.poll(async () => (await status()).regions[1]?.role, { timeout: 30_000, interval: 200 }).toBe("standby")
    expect(await refusal()).toMatchObject({
      code: "FAILOVER_IMPOSSIBLE",
      hint: expect.stringContaining("failover --force --to west"),
    })
    const done = await app.json<FailoverDocument>("failover", "--force", "--yes")
    const until = Date.now()
    expect(done).toMatchObject({ outcome: "succeeded", from: "east", to: "west", epoch: 2, claim: "forced" })
    expect(done.claimMs).toBeGreaterThanOrEqual(2_000)
    const [newest] = await app.json<{ record: { kind: string; result: FailoverDocument } }[]>("history", "--limit", "1")
    const { from, to, epoch, claim, mayBeLost } = done
    expect(newest?.record).toMatchObject({ kind: "failover", result: { from, to, epoch, claim, mayBeLost } })
    expect(mayBeLost?.seconds).toBeGreaterThan(2)
    expect((await client.responses.retrieve(kept.id)).id).toBe(kept.id)
    for (const { id, at } of lost) {
      await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
      expect(until - (done.mayBeLost?.seconds ?? 0) * 1_000).toBeLessThanOrEqual(at)
    }
  }, 240_000)
})
