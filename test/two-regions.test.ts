import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import OpenAI from "openai"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { noBrowser, startBrowser, type TestBrowser } from "./support/browser.ts"
import { chatops } from "./support/chatops.ts"
import { judgeLoad, startLoad } from "./support/load.ts"
import { killAll, processesNaming, processTree } from "./support/processes.ts"
import { filesHolding, gitObjectsHolding, processesHolding, processesHoldingDuring } from "./support/secret-search.ts"
import { type DeployDocument, type StatusDocument, waitUntilHealthy } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

let app: TestApp
let first: DeployDocument
let key: string
let client: OpenAI

beforeAll(async () => {
  app = await makeApp()
  // Slow enough that an answer can be met while it is coming.
  app.edit(text => text.replace("simulator: {}", "simulator: { answer-tokens: 90, tokens-per-second: 30 }"))
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
  execFileSync("git", ["-C", app.directory, ...identity, "commit", "-qam", "Slow answers"])
  first = await app.json<DeployDocument>("deploy", "--yes")
  key = (await app.json<{ key: string }>("keys", "create", "--name", "e2e")).key
  client = new OpenAI({ baseURL: `${first.entry.url}/v1`, apiKey: key, maxRetries: 0 })
})
afterAll(() => app?.remove())

const status = () => app.json<StatusDocument>("status")
/** Every process of one part, its supervisor first. */
const processesOf = (part: string) => {
  const all = processesNaming(app.state)
  const agent = all.find(({ commandLine }) => commandLine.endsWith(part))
  return agent ? processTree(agent.pid, allProcesses()) : []
}
const allProcesses = () => processesNaming("")

/** Where the supervisors listen; a reboot empties it. */
const socketDirectory = () => {
  const [file] = globSync(`${app.state}/*/local/witness/spec.json`)
  return dirname((JSON.parse(readFileSync(file!, "utf8")) as { socket: string }).socket)
}

describe("a first deploy", () => {
  it("makes every stack and proves it with a turn", () => {
    expect(first.outcome).toBe("succeeded")
    expect(first.changes.map(({ stack, operation }) => `${operation} ${stack}`)).toEqual([
      "create base",
      "create region-east",
      "create region-west",
      "create entry",
    ])
    expect(first.verification?.answer).toMatch(/\S/)
    expect(first.steps.map(({ name }) => name)).toEqual([
      "validate",
      "plan",
      "confirm",
      "base",
      "regions",
      "entry",
      "retire",
      "verify",
      "record",
    ])
  })

  it("shows a healthy environment with a streaming standby", async () => {
    const document = await status()
    expect(document).toMatchObject({ healthy: true, primary: "east", epoch: 1, entry: { url: first.entry.url } })
    expect(document.regions.map(({ name, role, healthy }) => ({ name, role, healthy }))).toEqual([
      { name: "east", role: "primary", healthy: true },
      { name: "west", role: "standby", healthy: true },
    ])
    expect(
      document.regions.every(
        ({ replicas }) =>
          replicas.length === 2 && replicas.every(replica => replica.ready && replica.gateway === "healthy"),
      ),
    ).toBe(true)
    expect(document.regions[1]).toMatchObject({ streaming: true })
  })

  it("is one entry of the ledger, beside an untouched working tree", async () => {
    const history = await app.json<{ record: { kind: string; outcome: string; id: string } }[]>("history")
    expect(history.map(({ record }) => record)).toMatchObject([
      { kind: "deploy", outcome: "succeeded", id: first.operation },
    ])
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: app.directory, encoding: "utf8" })).toBe("")
  })

  it("changes nothing when it is repeated, and says so", async () => {
    const pids = processesNaming(app.state).map(({ pid }) => pid)
    const again = await app.json<DeployDocument>("deploy", "--yes")
    expect(again).toMatchObject({ outcome: "unchanged", changes: [], entry: first.entry })
    expect(processesNaming(app.state).map(({ pid }) => pid)).toEqual(pids)
    expect(await app.json<unknown[]>("history")).toHaveLength(1)
  })
})

describe("the official client", () => {
  it("gets a plain answer, and a streamed one with the same events as OpenAI's", async () => {
    const plain = await client.responses.create({ model: "gpt-5-mini", input: "Say hello" })
    expect(plain).toMatchObject({ status: "completed", model: "gpt-5-mini" })
    const stream = client.responses.stream({ model: "gpt-5-mini", input: "Say hello" })
    let text = ""
    stream.on("response.output_text.delta", ({ delta }) => {
      text += delta
    })
    expect((await stream.finalResponse()).output_text).toBe(text)
  })

  it("goes on with a stream whose client was cut off, through whichever replicas it comes to", async () => {
    const stream = await client.responses.create({ model: "gpt-5-mini", input: "Say much", stream: true })
    let [id, last, text] = ["", 0, ""]
    for await (const event of stream) {
      if (event.type === "response.created") id = event.response.id
      if (event.type !== "response.output_text.delta") continue
      text += event.delta
      last = event.sequence_number
      if (text.length > 20) break
    }
    const query = { stream: true, starting_after: last } as const
    // More than there are replicas, all at once: most of them have to find the one that makes it.
    const readers = await Promise.all(
      Array.from({ length: 8 }, () => client.responses.retrieve(id, query).withResponse()),
    )
    const makers = readers.map(
      ({ response: { headers } }) => `${headers.get("x-chatops-region")}/${headers.get("x-chatops-replica")}`,
    )
    expect(new Set(makers).size).toBe(1)
    const wholes = readers.map(async ({ data }) => {
      let rest = ""
      for await (const event of data) if (event.type === "response.output_text.delta") rest += event.delta
      return text + rest
    })
    const read = new Set(await Promise.all(wholes))
    expect(read).toEqual(new Set([(await client.responses.retrieve(id)).output_text]))
  })

  it("remembers by previous response and by conversation, whichever region answers", async () => {
    // The simulator repeats what it was sent first.
    const remembered = 'beginning with "My name is Ada"'
    const { id: conversation } = await client.conversations.create({})
    // As long as it takes to say so, and no longer: there are many turns.
    const brief = { model: "gpt-5-mini", max_output_tokens: 30 }
    await client.responses.create({ ...brief, input: "My name is Ada", conversation })
    const regions = new Set<string | null>()
    let turns = 1
    let last = ""
    while (regions.size < 2) {
      const asked = client.responses.create({ ...brief, input: "What is my name?", conversation })
      const { data, response } = await asked.withResponse()
      expect(data.output_text).toContain(remembered)
      regions.add(response.headers.get("x-chatops-region"))
      last = data.id
      turns++
    }
    const { data } = await client.conversations.items.list(conversation, { order: "asc" })
    expect(data).toHaveLength(2 * turns)
    const next = await client.responses.create({ ...brief, input: "And now?", previous_response_id: last })
    expect(next.output_text).toContain(remembered)
    expect((await client.responses.retrieve(next.id)).previous_response_id).toBe(last)
  })

  it("streams chat completions and lists the model", async () => {
    const chunks = await client.chat.completions.create({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
    })
    let text = ""
    for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? ""
    expect(text).toMatch(/\S/)
    expect((await client.models.list()).data.map(({ id }) => id)).toContain("gpt-5-mini")
  })

  it("gets typed errors for a wrong key, an unknown conversation and what is not supported", async () => {
    const stranger = new OpenAI({ baseURL: `${first.entry.url}/v1`, apiKey: "sk-chatops-wrong", maxRetries: 0 })
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401 })
    await expect(client.conversations.retrieve("conv_none")).rejects.toMatchObject({ status: 404 })
    await expect(client.responses.create({ model: "gpt-5-mini", input: "x", background: true })).rejects.toMatchObject({
      status: 400,
      code: "unsupported_parameter",
    })
  })

  it("does not see another tenant's conversation", async () => {
    const conversation = await client.conversations.create({})
    const other = await app.json<{ key: string }>("keys", "create", "--tenant", "other", "--name", "other")
    const stranger = new OpenAI({ baseURL: `${first.entry.url}/v1`, apiKey: other.key, maxRetries: 0 })
    await expect(stranger.conversations.retrieve(conversation.id)).rejects.toMatchObject({ status: 404 })
  })
})

describe("keys", () => {
  it("stop working once they are revoked, and are neither listed nor kept", async () => {
    const made = await app.json<{ id: string; key: string }>("keys", "create", "--name", "short")
    const short = new OpenAI({ baseURL: `${first.entry.url}/v1`, apiKey: made.key, maxRetries: 0 })
    await short.models.list()
    await app.run("keys", "revoke", made.id)
    await expect
      .poll(
        () =>
          short.models.list().then(
            () => "works",
            error => error.status,
          ),
        { timeout: 8_000 },
      )
      .toBe(401)
    expect((await app.run("keys", "list", "--json")).stdout).not.toContain(made.key)
    // Both databases, their write-ahead logs, every log and settings file: nothing on disk but the key's hash.
    const holders = (text: string) => spawnSync("grep", ["-rlF", text, app.state], { encoding: "utf8" }).stdout
    expect(holders(made.key)).toBe("")
    expect(holders(made.id)).toMatch(/\/database\//)
  })

  it("may be revoked twice; one that never was is an error", async () => {
    const { id } = await app.json<{ id: string }>("keys", "create", "--name", "twice")
    for (const _ of [1, 2]) expect(await app.json("keys", "revoke", id)).toEqual({ id, revoked: true })
    expect(await app.json("keys", "revoke", "key_0")).toMatchObject({ error: { code: "KEY_UNKNOWN" } })
  })

  it("are listed when a user made them; deploys and talks leave none", async () => {
    const talk = await app.json<{ text: string }>("chat", "Hello from the terminal")
    expect(talk.text).toMatch(/\S/)
    const listed = await app.json<{ name: string }[]>("keys", "list")
    const made = ["e2e", "other", "short", "twice"]
    expect(listed.map(({ name }) => name).filter(name => !made.includes(name))).toEqual([])
    expect(listed.length).toBeGreaterThan(0)
  })
})

describe.skipIf(noBrowser)("the chat page", { meta: { skipReason: noBrowser } }, () => {
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    browser = await startBrowser()
    page = await (await browser.newContext()).newPage()
    await page.goto((await app.json<{ url: string }>("open", "--no-browser")).url)
  })
  afterAll(() => browser?.close())

  const ask = async (text: string) => {
    await page.getByRole("textbox", { name: "Message" }).fill(text)
    await page.keyboard.press("Enter")
  }
  const answers = () => page.locator(".answer")

  it("is signed in by the link of `open`, which is gone from the address, and answers", async () => {
    await ask("Hello from the page")
    await page.getByRole("button", { name: "Copy answer" }).waitFor()
    expect(page.url()).not.toContain("token")
    expect(await answers().first().textContent()).toContain("Hello from the page")
  })

  it("repeats by itself when the replica that answers is killed, and shows one whole answer", async () => {
    await ask("Tell me something long")
    const victim = await busyReplica()
    process.kill(victim, "SIGKILL")
    await expect.poll(() => page.getByRole("button", { name: "Copy answer" }).count(), { timeout: 20_000 }).toBe(2)
    expect(await answers().count()).toBe(2)
    await waitUntilHealthy(app)
  })

  /** The one replica that has a request under way. */
  async function busyReplica(): Promise<number> {
    let pid: number | null | undefined
    const look = async () => {
      const replicas = (await status()).regions.flatMap(region => region.replicas)
      pid = replicas.find(({ active }) => active > 0)?.pid
      return typeof pid
    }
    await expect.poll(look, { timeout: 5_000, interval: 20 }).toBe("number")
    return pid ?? Number.NaN
  }
})

describe("when something dies", () => {
  it("a replica that is killed under load costs no request, makes no turn twice, and comes back", async () => {
    const load = await startLoad({ url: first.entry.url ?? "", key, perSecond: 50 })
    await load.answered(40)
    const victim = (await status()).regions[0]?.replicas[0]
    process.kill(victim!.pid!, "SIGKILL")
    await load.answered(200)
    const result = await load.finish()
    expect(result.failures).toEqual([])
    expect(await judgeLoad(result, { url: first.entry.url ?? "", key })).toEqual({ lost: [], doubled: [] })
    await waitUntilHealthy(app)
    expect((await status()).regions[0]?.replicas[0]?.restarts).toBeGreaterThan(0)
  })

  it("a killed database is started again with every acknowledged turn", async () => {
    const before = await client.responses.create({ model: "gpt-5-mini", input: "Keep this" })
    const postmaster = processesNaming(join(app.state)).find(
      ({ commandLine }) => commandLine.includes("postgres -D") && commandLine.includes("/east/"),
    )
    process.kill(postmaster!.pid, "SIGKILL")
    await waitUntilHealthy(app)
    expect((await client.responses.retrieve(before.id)).id).toBe(before.id)
  })

  it("a killed standby region shows as drift, and the next deploy repairs it", async () => {
    killAll(processesOf("/regions/west"))
    const document = await status()
    expect(document.healthy).toBe(false)
    expect(document.regions[1]).toMatchObject({ name: "west", healthy: false, reachable: false })
    expect((await client.responses.create({ model: "gpt-5-mini", input: "Still there?" })).status).toBe("completed")
    const preview = await app.json<{ changes: { stack: string; reasons: string[] }[] }>("deploy", "--preview")
    expect(preview.changes).toMatchObject([{ stack: "region-west", reasons: ["it is not running"] }])
    const repaired = await app.json<DeployDocument>("deploy", "--yes")
    expect(repaired.changes.map(({ stack }) => stack)).toEqual(["region-west"])
    expect((await status()).healthy).toBe(true)
  })

  it("after a reboot the next deploy gives the same data back, at the same address", async () => {
    const kept = await client.responses.create({ model: "gpt-5-mini", input: "Survive a reboot" })
    killAll(processesNaming(app.state).map(({ pid }) => pid))
    rmSync(socketDirectory(), { recursive: true })
    expect((await app.run("status")).code).toBe(6)
    const again = await app.json<DeployDocument>("deploy", "--yes")
    expect(again.entry.url).toBe(first.entry.url)
    expect((await client.responses.retrieve(kept.id)).id).toBe(kept.id)
  })
})

describe("a changed chatops.yaml", () => {
  it("moves no primary, and deploy says why and names failover", async () => {
    app.edit(text => text.replace("primary: east", "primary: west"))
    const document = await app.json<DeployDocument>("deploy", "--yes")
    expect(document).toMatchObject({ outcome: "unchanged", primary: "east" })
    expect(document.notes.join()).toMatch(/west.*east.*failover/s)
    app.edit(text => text.replace("primary: west", "primary: east"))
  })

  it("rolls a new prompt out as a new release without failing a request", async () => {
    app.edit(text => `${text}Always answer in verse.\n`, "prompts/assistant.md")
    const load = await startLoad({ url: first.entry.url ?? "", key, perSecond: 20 })
    await load.answered(10)
    const document = await app.json<DeployDocument>("deploy", "--yes")
    const { failures } = await load.finish()
    expect(failures).toEqual([])
    expect(document.release).not.toBe(first.release)
    const { response } = await client.responses.create({ model: "gpt-5-mini", input: "Which release?" }).withResponse()
    expect(response.headers.get("x-chatops-release")).toBe(document.release)
  })
})

describe("secrets", () => {
  const value = "sk-very-secret-0123456789"
  const lastOperation = async () =>
    (await app.json<{ record: { id: string } }[]>("history", "--limit", "1"))[0]?.record.id ?? "none"

  it("are refused when missing, and handed on when set", async () => {
    app.edit(text =>
      text.replace(
        "    # - { name: openai",
        "    - { name: paid, baseURL: http://127.0.0.1:9/v1, apiKey: { secret: paid } }\n    # - { name: openai",
      ),
    )
    expect(await app.json("deploy", "--yes")).toMatchObject({ error: { code: "SECRET_MISSING" } })
    const setting = chatops(["secret", "set", "paid"], { ...app.surroundings, input: `${value}\n` })
    expect(await processesHoldingDuring(value, setting)).toEqual([])
    const deploying = app.json<DeployDocument>("deploy", "--yes")
    // Processes that a deploy starts and ends, such as the engine's, are looked at while they live.
    expect(await processesHoldingDuring(value, deploying)).toEqual([])
    expect(await deploying).toMatchObject({ outcome: "succeeded" })
  })

  it("lie in one file, and in no log, journal, engine state, database or repository", async () => {
    const operation = await lastOperation()
    // A search that finds what must be there would find the other.
    expect(filesHolding(operation, app.state)).toContainEqual(expect.stringMatching(/\/operations\/op-.*\.ndjson$/))
    expect(filesHolding("region-east", app.state)).toContainEqual(expect.stringContaining("/pulumi/"))
    expect(filesHolding(value, app.home)).toEqual([expect.stringMatching(/\/secrets\/paid\/value$/)])
  })

  it("lie in no object of the app's repository, the ledger's among them", async () => {
    const operation = await lastOperation()
    const everywhere = ["log", "--all", "--patch", "--format=raw"]
    const log = execFileSync("git", everywhere, { cwd: app.directory, encoding: "utf8", maxBuffer: 2 ** 30 })
    expect(log).toContain(operation)
    expect(log).not.toContain(value)
    expect(gitObjectsHolding(operation, app.directory)).toContainEqual(expect.stringMatching(/^blob /))
    expect(gitObjectsHolding(value, app.directory)).toEqual([])
  })

  it("stand in no process's arguments or environment", async () => {
    const all = allProcesses()
    const running = new Set(processesNaming(app.state).flatMap(({ pid }) => processTree(pid, all)))
    // Supervisors, replicas, gateway, witness, links, simulators and PostgreSQL's own; the search sees both places.
    expect(running.size).toBeGreaterThan(15)
    expect(processesHolding(`CHATOPS_SETTINGS=${app.state}`)).not.toEqual([])
    expect(processesHolding(`-D ${app.state}`.replace(" ", "\0"))).not.toEqual([])
    expect(processesHolding(value)).toEqual([])
  })
})

describe("a witness that was restored from an older copy", () => {
  it("is believed by nobody, and says again who was primary last when it is told to", async () => {
    await waitUntilHealthy(app)
    const [file] = globSync(`${app.state}/*/local/witness/register.json`)
    const old = readFileSync(file!, "utf8")
    const { from, to } = await app.json<{ from: string; to: string }>("failover", "--yes")
    await waitUntilHealthy(app)
    const turn = await client.responses.create({ model: "gpt-5-mini", input: "Before the witness went back" })
    expect(await app.json("witness", "recover", "--yes")).toMatchObject({ outcome: "unchanged", primary: null })

    writeFileSync(file!, old)
    const [register] = processesOf("/witness").slice(1)
    const older = expect.stringContaining("older register")
    killAll([register!])
    const closed = async () => (await status()).regions.map(({ detail }) => detail)
    await vi.waitFor(async () => expect(await closed()).toEqual([older, older]), { timeout: 60_000, interval: 200 })
    expect(await app.json("failover", "--yes")).toHaveProperty("error.code", "FAILOVER_IMPOSSIBLE")
    expect(await app.json("witness", "recover")).toMatchObject({ error: { code: "NOT_CONFIRMED" } })

    const { epoch } = JSON.parse(old) as { epoch: number }
    const recovered = await app.json("witness", "recover", "--yes")
    expect(recovered).toMatchObject({ outcome: "succeeded", primary: to, epoch: epoch + 2, doubt: null })
    await waitUntilHealthy(app)
    expect(await status()).toMatchObject({ primary: to, inSync: from, epoch: epoch + 2 })
    expect((await client.responses.retrieve(turn.id)).output_text).toBe(turn.output_text)
  })
})

describe("destroy", () => {
  it("leaves no process, file, lock or secret behind, and the ledger keeps the record", async () => {
    const sockets = socketDirectory()
    const document = await app.json<{ operation: string }>("destroy", "--yes")
    expect(processesNaming(app.state)).toEqual([])
    expect(existsSync(sockets)).toBe(false)
    expect(
      existsSync(app.state)
        ? readdirSync(app.state, { recursive: true }).filter(name => !/^(cache|locks$)/.test(String(name)))
        : [],
    ).toEqual([])
    const history = await app.json<{ record: { id: string } }[]>("history", "--limit", "1")
    expect(history[0]?.record.id).toBe(document.operation)
    rmSync(app.state, { recursive: true, force: true })
  })
})
