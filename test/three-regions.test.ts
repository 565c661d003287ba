import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { killAtOnce, supervised } from "./support/regions.ts"
import { type DeployDocument, type StatusDocument, waitUntilHealthy } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

interface Changed {
  readonly outcome: string
  readonly from: string
  readonly to: string
  readonly inSync: string | null
}

interface Drilled {
  readonly drills: readonly {
    readonly outcome: string
    readonly figures: { readonly turns: { readonly lost: number }; readonly violations: readonly unknown[] }
  }[]
}

type Event = { readonly at: number } & (
  | {
      readonly event: "register"
      readonly register: { readonly primary: string; readonly inSync: { readonly region: string } | null }
    }
  | { readonly event: "fault-made" | "fault-healed"; readonly fault: { readonly kind: string } }
)

let app: TestApp
let key: string

beforeAll(async () => {
  app = await makeApp()
  app.edit(text =>
    text
      .replace("west: {} }", "west: {}, north: {} }")
      .replace("replicas: 2", "replicas: 1")
      // Alone a primary would acknowledge nothing: what is answered while one region is away, two others hold.
      .replace("durability: zero-loss", "durability: zero-loss\n    on-standby-loss: block\n    failover: automatic"),
  )
  await app.json<DeployDocument>("deploy", "--yes")
  key = (await app.json<{ key: string }>("keys", "create", "--name", "e2e")).key
})
afterAll(() => app?.remove())

const status = () => app.json<StatusDocument>("status")

function scenario(name: string, faults: string): string {
  mkdirSync(join(app.directory, "drills"), { recursive: true })
  writeFileSync(join(app.directory, "drills", `${name}.yaml`), `warmUp: 1\ncoolDown: 2\nfaults:\n${faults}`)
  return name
}

/** What the drill recorded last says of the environment itself. */
function recorded(): readonly Event[] {
  const newest = globSync("**/drills/*.jsonl", { cwd: app.state }).toSorted().at(-1) ?? ""
  const lines = readFileSync(join(app.state, newest), "utf8").trim().split("\n")
  const all = lines.map(line => JSON.parse(line) as Event)
  return all.filter(({ event }) => event === "register" || event.startsWith("fault-"))
}

/** Who was primary with whom, as that changed. */
const placesOf = (events: readonly Event[]) =>
  events
    .flatMap(event => (event.event === "register" ? [placeOf(event.register)] : []))
    .filter((place, index, all) => place !== all[index - 1])
const placeOf = ({ primary, inSync }: Extract<Event, { event: "register" }>["register"]) =>
  `${primary} with ${inSync?.region ?? "nobody"}`

async function drilled(name: string): Promise<readonly Event[]> {
  const document = await app.json<Drilled>("drill", "run", name, "--yes")
  const [{ outcome, figures } = { outcome: document, figures: null }] = document.drills ?? []
  expect({ outcome, lost: figures?.turns.lost, violations: figures?.violations }).toEqual({
    outcome: "passed",
    lost: 0,
    violations: [],
  })
  return recorded()
}

it("the third region takes the place of whichever is lost, while it is away", async () => {
  await waitUntilHealthy(app)
  await expect.poll(async () => (await status()).inSync, { timeout: 30_000 }).not.toBeNull()
  const { inSync } = await status()
  const third = inSync === "west" ? "north" : "west"
  const events = await drilled(
    scenario(
      "one-after-the-other",
      `  - { fault: { kind: kill-region, region: $standby }, after: 0, healAfter: 6 }
  - { fault: { kind: kill-region, region: $primary }, after: 8, healAfter: 5 }
  - { fault: { kind: kill-database, region: ${third} }, after: 14, healAfter: 2 }
`,
    ),
  )
  const healed = events.findIndex(({ event }) => event === "fault-healed")
  expect(placesOf(events.slice(0, healed))).toContain(`east with ${third}`)
  const databaseDies = events.findLastIndex(({ event }) => event === "fault-made")
  expect(placesOf(events.slice(0, databaseDies))).toEqual([
    `east with ${inSync}`,
    `east with ${third}`,
    `${third} with nobody`,
    `${third} with ${inSync}`,
  ])
  // Its database died last: whoever is in sync takes over, unless it was started again first.
  expect([third, inSync]).toContain((await status()).primary)
})

it("refuses one that is not in sync, names the way out, and goes it", async () => {
  await waitUntilHealthy(app)
  const { primary, inSync, regions } = await status()
  const third = regions.map(({ name }) => name).find(name => name !== primary && name !== inSync) ?? ""
  const refused = await app.run("failover", "--to", third, "--yes", "--json")
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; hint: string } }
  expect([refused.code, error.code]).toEqual([6, "FAILOVER_IMPOSSIBLE"])
  expect(error.hint).toContain(`failover --planned --to ${third}`)
  expect(error.hint).toContain(`${inSync} can take over now`)
  const planned = await app.json<Changed>("failover", "--planned", "--to", third, "--yes")
  expect(planned).toMatchObject({ outcome: "succeeded", from: primary, to: third })
  await waitUntilHealthy(app)
  const back = await app.json<Changed>("failback", "--yes")
  expect(back.outcome).toBe(third === "east" ? "unchanged" : "succeeded")
  await waitUntilHealthy(app)
  const after = await status()
  expect(after).toMatchObject({ primary: "east", inSync: expect.stringMatching(/west|north/) })
  expect(after.regions.map(({ name, role, streaming }) => [name, role, streaming])).toEqual([
    ["east", "primary", false],
    ["west", "standby", true],
    ["north", "standby", true],
  ])
})

it("a primary that is cut off from everybody acknowledges nothing more, and comes back as a standby", async () => {
  const { primary: former, inSync: next } = await status()
  const [file = ""] = globSync(`*/local/regions/${former}/spec.json`, { cwd: app.state })
  const { replicas } = JSON.parse(readFileSync(join(app.state, file), "utf8")) as {
    replicas: { listen: { host: string; port: number } }[]
  }
  const name = scenario(
    "cut-off",
    "  - { fault: { kind: cut-off-region, region: $primary }, after: 0, healAfter: 7 }\n",
  )
  const drill = drilled(name)
  // Whatever comes first tells more.
  drill.catch(() => undefined)
  const register = globSync("*/local/witness/register.json", { cwd: app.state })[0] ?? ""
  const primary = () => (JSON.parse(readFileSync(join(app.state, register), "utf8")) as { primary: string }).primary
  await expect.poll(primary, { timeout: 30_000, interval: 20 }).toBe(next)
  // Its processes run on, and whoever reaches one of them is told nothing that could be lost.
  const { host, port } = replicas[0]!.listen
  const answer = fetch(`http://${host}:${port}/v1/responses`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", input: "Are you there?" }),
    signal: AbortSignal.timeout(2_500),
  }).then(
    ({ status }) => status,
    (error: Error) => error.name,
  )
  expect(await answer).toSatisfy((end: number | string) => end === "TimeoutError" || Number(end) >= 500)
  const events = await drill
  const healed = events.findIndex(({ event }) => event === "fault-healed")
  expect(placesOf(events.slice(0, healed)).at(-1)).toMatch(new RegExp(`^${next} with (?!${former}|nobody)`))
  const { regions } = await status()
  expect(regions.find(({ name }) => name === former)).toMatchObject({ role: "standby", streaming: true })
})

it("makes the third one primary by force once both others are gone, and says what is the matter until then", async () => {
  await waitUntilHealthy(app)
  const { primary, inSync, epoch, regions } = await status()
  const third = regions.map(({ name }) => name).find(name => name !== primary && name !== inSync) ?? ""
  const gone = [primary, inSync].map(region => supervised(app, `/regions/${region}`))
  expect(await app.json("witness", "recover", "--force", "--to", third, "--yes")).toMatchObject({
    error: { code: "WITNESS_UNRECOVERABLE", message: expect.stringContaining("answers, and may hold turns") },
  })
  killAtOnce(...gone)
  interface Refused {
    readonly error: { readonly code: string; readonly hint: string }
  }
  const { error } = await app.json<Refused>("failover", "--to", third, "--force", "--yes")
  expect(error.code).toBe("FAILOVER_IMPOSSIBLE")
  expect(error.hint).toContain(`witness recover --force --to ${third}`)
  expect(await app.json("witness", "recover", "--to", third, "--yes")).toMatchObject({ outcome: "unchanged" })

  // Under `block` it answers nothing while it is alone, and says so.
  const paused = await app.json("witness", "recover", "--force", "--to", third, "--yes")
  expect(paused).toMatchObject({ error: { code: "OPERATION_PAUSED", details: { step: "verify" } } })
  expect(await status()).toMatchObject({ primary: third, inSync: null, epoch: (epoch ?? 0) + 1 })
  await app.json("deploy", "--yes")
  await waitUntilHealthy(app)
  expect(await status()).toMatchObject({ primary: third, inSync: expect.stringMatching(`${primary}|${inSync}`) })
})
