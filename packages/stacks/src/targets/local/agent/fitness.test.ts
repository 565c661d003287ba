import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { realWitness, supervise } from "../../../testing/supervised-regions.ts"
import { RegionFitness } from "./fitness.ts"
import type { RegionSpec } from "./spec.ts"

const key = "sk-of-the-model"

/** A model's server that wants the key, and tells of its quota. */
async function modelServer(quota: Record<string, string>): Promise<string> {
  const server = createServer((request, response) => {
    const takes = request.headers.authorization === `Bearer ${key}` && request.url === "/v1/models"
    response.writeHead(takes ? 200 : 401, quota).end("{}")
  })
  await new Promise<void>(listening => server.listen(0, "127.0.0.1", listening))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

/** As much of a specification as is looked at: two replicas in each of two regions. */
function specOf(passwordFile: string, upstreams: RegionSpec["replicas"][number]["chat"]["upstreams"]): RegionSpec {
  const replica = { peers: [{}, {}, {}], database: { passwordFile, connections: 10 }, chat: { upstreams } }
  return { replicas: [replica, replica] } as unknown as RegionSpec
}

const browserSessions = `
  insert into chatops.api_keys (id, tenant, name, kind, hash)
  select 'key_' || i, 't', 'chat page', 'session', decode(repeat('0' || i, 32), 'hex') from generate_series(2, 4) i`

it("finds on a real database, at a model's server and on disk what a standby has and lacks", async () => {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const east = supervise(regions.east, at)
  await east.apply()
  const makeKey = (byte: string) =>
    east.database.query(client =>
      client.query(`select chatops.create_key('t', 'n', decode(repeat('${byte}', 32), 'hex'), null) as id`),
    )
  const { rows } = await makeKey("00")
  await makeKey("01")
  const directory = scratchDirectory()
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const [good, wrong, empty] = [file("good", `${key}\n`), file("wrong", "sk-other"), file("empty", "")]
  const quota = { "x-ratelimit-limit-requests": "100", "x-ratelimit-remaining-requests": "7" }
  const baseURL = await modelServer({ ...quota, "x-ratelimit-limit-tokens": "1", "x-ratelimit-remaining-tokens": "1" })
  let serves = true
  const fitness = new RegionFitness({ serves: () => serves, query: work => east.database.read(work) })
  onTestFinished(() => fitness.stop())
  expect(fitness.latest).toBeNull()
  await fitness.apply(
    specOf(good, [
      { name: "takes", baseURL, apiKeyFile: good },
      { name: "refuses", baseURL, apiKeyFile: wrong },
      { name: "unset", baseURL, apiKeyFile: empty },
      { name: "nobody", baseURL: "http://127.0.0.1:1/v1" },
    ]),
  )
  expect(fitness.latest).toEqual({
    lookedAt: expect.any(Number),
    before: null,
    connections: { most: east.spec.database.maxConnections - 3, wanted: 40 },
    keys: 2,
    unreplayed: 0,
    missingSecrets: ["empty"],
    models: [
      { name: "takes", problem: null, quotaLeft: 0.07 },
      { name: "refuses", problem: "it refuses the key (401)", quotaLeft: 0.07 },
      { name: "unset", problem: "it refuses the key (401)", quotaLeft: 0.07 },
      { name: "nobody", problem: expect.stringMatching(/ECONNREFUSED|bad port/), quotaLeft: null },
    ],
  })
  // One that is revoked, and browsers' sessions, change nothing: what a standby has yet to hear of them is no lack.
  await east.database.query(client => client.query("select chatops.revoke_key($1)", [rows[0].id]))
  await east.database.query(client => client.query(browserSessions))
  await fitness.look()
  expect(fitness.latest).toMatchObject({ keys: 2, before: { keys: 2 } })
  serves = false
  expect(fitness.latest).toBeNull()
}, 60_000)
