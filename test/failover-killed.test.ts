import { once } from "node:events"
import { globSync, readFileSync, watch, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import OpenAI from "openai"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { ends, killed, killedAt, named, type StepEnd, startEndingAt, stepOf, untilStopped } from "./support/end-at.ts"
import { supervised } from "./support/regions.ts"
import type { DeployDocument, StatusDocument } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

interface Entry {
  readonly record: {
    readonly id: string
    readonly kind: string
    readonly outcome: string
    readonly result: { readonly from?: string; readonly to?: string; readonly epoch?: number }
  }
}

let app: TestApp
let client: OpenAI
let conversation: string
const said: string[] = []

beforeAll(async () => {
  app = await makeApp()
  app.edit(text => text.replace("replicas: 2", "replicas: 1"))
  app.edit(text => text.replace("simulator: {}", "simulator: { answer-tokens: 4 }"))
  const { entry } = await app.json<DeployDocument>("deploy", "--yes")
  const { key } = await app.json<{ key: string }>("keys", "create", "--name", "e2e")
  client = new OpenAI({ baseURL: `${entry.url}/v1`, apiKey: key, maxRetries: 0 })
  conversation = (await client.conversations.create({})).id
})
afterAll(() => app?.remove())

const status = () => app.json<StatusDocument>("status")
const entries = async () => (await app.json<Entry[]>("history", "--limit", "100")).map(({ record }) => record)
const codeOf = async (...args: string[]) =>
  JSON.parse((await app.run(...args, "--yes", "--json")).stdout).error.code as string

/** A user's turn, which is not repeated. */
async function say(): Promise<void> {
  const input = `turn ${said.length + 1}`
  await client.responses.create({ model: "gpt-5-mini", input, max_output_tokens: 4, conversation })
  said.push(input)
}

/** Whoever is primary, and whoever is in sync with it, when everything is well and nothing is under way. */
async function whole() {
  const look = async () => {
    const { healthy, primary, inSync, epoch, operation, regions } = await status()
    const primaries = regions.filter(({ role }) => role === "primary").map(({ name }) => name)
    now = { from: primary ?? "", to: inSync ?? "", epoch: epoch ?? 0, primaries, operation }
    return healthy && inSync !== null
  }
  let now: Omit<Whole, "recorded"> | undefined
  const [record] = await Promise.all([entries(), expect.poll(look, { timeout: 60_000, interval: 100 }).toBe(true)])
  return { now: { ...now, recorded: record.length } as Whole, newest: record.slice(0, 2) }
}
interface Whole {
  readonly from: string
  readonly to: string
  readonly epoch: number
  readonly primaries: readonly string[]
  readonly operation: unknown
  readonly recorded: number
}

/** What it is after one change of primary. */
const changed = ({ from, to, epoch, recorded }: Whole): Whole => ({
  from: to,
  to: from,
  epoch: epoch + 1,
  primaries: [to],
  operation: null,
  recorded: recorded + 1,
})

async function expectChanged(before: Whole, id: string, kind = "failover"): Promise<void> {
  const after = await whole()
  expect(after.now).toEqual(changed(before))
  const { from, to, epoch } = before
  const result = { from, to, epoch: epoch + 1 }
  expect(after.newest[0]).toMatchObject({ id, kind, outcome: "succeeded", result })
}

/** Id of an operation that was left; what it is and how to go on is told. */
async function leftAt(step: string, kind = "failover"): Promise<string> {
  const { stdout } = await app.run("status")
  expect(stdout).toMatch(new RegExp(`unfinished ${kind} op-\\S+ at step ${step}: \`.*chatops\\S* resume\``))
  return new RegExp(`unfinished ${kind} (op-\\S+)`).exec(stdout)?.[1] ?? ""
}

async function finishes(before: Whole, step: string, kind = "failover"): Promise<void> {
  const id = await leftAt(step, kind)
  await say()
  expect(await app.json("resume", "--yes")).toMatchObject({ operation: id, kind, outcome: "succeeded" })
  await say()
  await expectChanged(before, id, kind)
}

const unplanned = ["failover", "--yes"]
const planned = ["failover", "--planned", "--yes"]
const failback = ["failback", "--yes"]

/** As it is before such a command: only who is away from the preferred region can go back to it. */
async function wholeBefore([command]: readonly string[]): Promise<Whole> {
  const { now } = await whole()
  if (command !== "failback" || now.from !== "east") return now
  await app.json(...unplanned)
  return (await whole()).now
}

const rows = (command: string[], moments: readonly StepEnd[]) =>
  moments.map(moment => [command.slice(0, -1).join(" "), named(moment), command, moment] as const)

it.each([
  ...rows(unplanned, [...ends("preflight"), ...ends("confirm")]),
  ...rows(planned, [...ends("preflight"), ...ends("confirm")]),
  ...rows(failback, [...ends("preflight"), ...ends("confirm")]),
])(
  "%s that is killed when it has %s leaves nothing to go on with, and everything as it was",
  async (_command, _moment, command, moment) => {
    const before = await wholeBefore(command)
    await killedAt(command, moment, app.surroundings)
    await say()
    expect(await codeOf("resume")).toBe("NOTHING_TO_RESUME")
    expect((await whole()).now).toEqual(before)
  },
)

it.each([...rows(unplanned, [...ends("claim"), { done: "record" }]), ...rows(planned, ends("hand over"))])(
  "%s that is killed when it has %s costs no answer, says how to go on, and is finished by resume",
  async (_command, _moment, command, moment) => {
    const { now: before } = await whole()
    await killedAt(command, moment, app.surroundings)
    await finishes(before, stepOf(moment))
  },
)

// All other moments: the command is killed at the first of them, and each resume at the next.
it.each<[string, string[], StepEnd[]]>([
  ["failover", unplanned, [...ends("verify"), { begun: "record" }, ...ends("rebuild")]],
  ["failover --planned", planned, [...ends("verify"), ...ends("record"), ...ends("rebuild")]],
  ["failback", failback, [...ends("hand over"), ...ends("verify"), ...ends("record"), ...ends("rebuild")]],
])("%s that is killed again and again is finished by the last resume", async (_command, command, moments) => {
  const [before, kind = ""] = [await wholeBefore(command), command[0]]
  const left: string[] = []
  for (const moment of moments) {
    await killedAt(left.length === 0 ? command : ["resume", "--yes"], moment, app.surroundings)
    left.push(await leftAt(stepOf(moment), kind))
    await say()
  }
  expect(new Set(left).size).toBe(1)
  await finishes(before, stepOf(moments.at(-1)!), kind)
})

it("as planned, is finished by resume when it was killed with the place left and nobody in it", async () => {
  const { now: before } = await whole()
  await killedAt(planned, { asks: "/admin/claim" }, app.surroundings)
  await finishes(before, "hand over")
})

/** Resolves when the register has been written. */
async function registerWritten(): Promise<void> {
  const [file = ""] = globSync("*/local/witness/register.json", { cwd: app.state })
  const watcher = watch(dirname(join(app.state, file)))
  await new Promise<void>(resolve => watcher.on("change", (_event, name) => name === "register.json" && resolve()))
  watcher.close()
}

it.each([
  ["failover", unplanned, "claim"],
  ["failover --planned", planned, "hand over"],
] as const)("%s that is killed between claim and promotion is finished by resume", async (_command, command, step) => {
  const { now: before } = await whole()
  const child = startEndingAt(command, { begun: step }, "SIGSTOP", app.surroundings)
  const over = killed(child)
  await untilStopped(child)
  const written = registerWritten()
  child.kill("SIGCONT")
  await written
  child.kill("SIGKILL")
  await over
  await finishes(before, step)
})

const frozen: number[] = []
afterEach(() => {
  for (const pid of frozen.splice(0)) process.kill(pid, "SIGCONT")
})
it("is finished by resume while the former primary's region is frozen, and that follows when it is back", async () => {
  const { now: before } = await whole()
  frozen.push(...supervised(app, `/regions/${before.from}`).pids)
  for (const pid of frozen) process.kill(pid, "SIGSTOP")
  await killedAt(unplanned, { done: "claim" }, app.surroundings)
  const { operation } = await app.json<{ operation: string }>("resume", "--yes")
  expect(await status()).toMatchObject({ healthy: false, primary: before.to, inSync: null, operation: null })
  await say()
  for (const pid of frozen.splice(0)) process.kill(pid, "SIGCONT")
  await expectChanged(before, operation)
})

it("refuses a second failover during the first, which goes on", async () => {
  const { now: before } = await whole()
  const first = startEndingAt(unplanned, { done: "claim" }, "SIGSTOP", app.surroundings)
  const closed = once(first, "close")
  await untilStopped(first)
  const second = await app.run(...unplanned, "--json")
  expect(JSON.parse(second.stdout).error).toMatchObject({
    code: "OPERATION_RUNNING",
    details: { operation: "failover", pid: first.pid },
  })
  const { operation } = await status()
  expect(operation).toMatchObject({ kind: "failover", step: "claim", pid: first.pid })
  first.kill("SIGCONT")
  expect((await closed)[0]).toBe(0)
  await expectChanged(before, operation?.id ?? "")
})

it("takes the place of a failover that was left, and the ledger keeps both", async () => {
  const { now: before } = await whole()
  await killedAt(unplanned, { done: "claim" }, app.surroundings)
  const left = await leftAt("claim")
  // Nothing is broken on purpose before that is over.
  expect(await codeOf("drill", "run", "lose-model")).toBe("OPERATION_UNFINISHED")
  // The region that was left has to come back first.
  const { now: between } = await whole()
  expect(between).toMatchObject({ from: before.to, to: before.from, operation: { id: left } })
  const { operation } = await app.json<{ operation: string }>(...unplanned)
  const { now, newest } = await whole()
  expect(now).toEqual(changed({ ...changed(before), operation: null }))
  expect(newest.map(({ id, outcome }) => ({ id, outcome }))).toEqual([
    { id: operation, outcome: "succeeded" },
    { id: left, outcome: "aborted" },
  ])
  expect(await codeOf("resume")).toBe("NOTHING_TO_RESUME")
})

it("is finished by resume after its machine died, although its pid is another's by now", async () => {
  const { now: before } = await whole()
  await killedAt(planned, { done: "hand over" }, app.surroundings)
  const [lock = ""] = globSync("locks/*", { cwd: app.state })
  const held = JSON.parse(readFileSync(join(app.state, lock), "utf8")) as { pid: number; started: string }
  const ticks = held.started.split(":")[1]
  writeFileSync(join(app.state, lock), JSON.stringify({ ...held, pid: process.pid, started: `00000000:${ticks}` }))
  await finishes(before, "hand over")
})

it("has lost no turn, and stored none twice, through all of that", async () => {
  const heard: string[] = []
  for await (const item of client.conversations.items.list(conversation, { limit: 100, order: "asc" })) {
    const [part] = item.type === "message" && item.role === "user" ? item.content : []
    if (part?.type === "input_text") heard.push(part.text)
  }
  expect(heard).toEqual(said)
})
