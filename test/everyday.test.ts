import { once } from "node:events"
import { text } from "node:stream/consumers"
import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { noTerminal, Terminal } from "../packages/cli/src/testing/terminal.ts"
import { bin, startChatops } from "./support/chatops.ts"
import { killAll, processesNaming, processTree } from "./support/processes.ts"
import { type DeployDocument, type StatusDocument, waitUntilHealthy } from "./support/status.ts"
import { makeApp, type TestApp } from "./support/test-app.ts"

/** What people do with a deployment day by day. */
let app: TestApp
let url: string
beforeAll(async () => {
  app = await makeApp()
  app.edit(content =>
    content
      .replace("replicas: 2", "replicas: 1")
      .replace("simulator: {}", "simulator: { answer-tokens: 40, tokens-per-second: 40 }"),
  )
  url = (await app.json<DeployDocument>("deploy", "--yes")).entry.url ?? ""
})
afterAll(() => app?.remove())

function onTerminal(...args: readonly string[]): Terminal {
  const { cwd, env } = app.surroundings
  return new Terminal([process.execPath, bin, ...args], { cwd, env: { ...process.env, ...env } })
}

interface KeyRow {
  readonly name: string
  readonly revokedAt: string | null
}
interface LogRecord {
  readonly time: string | null
  readonly level: string
  readonly region: string | null
  readonly process: string
}

describe("chat", () => {
  it("streams one answer, and leaves no key behind", async () => {
    const keys = () => app.json<KeyRow[]>("keys", "list")
    const before = await keys()
    const child = startChatops(["chat", "What can you do?"], app.surroundings)
    const closed = once(child, "close")
    const pieces: string[] = []
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => void pieces.push(piece))
    expect((await closed)[0]).toBe(0)
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.join("")).toMatch(/^You said "What can you do\?".*\n$/s)
    expect(await keys()).toEqual(before)
  })

  it.each([[["chat", "-"]], [["chat"]]])(
    "%s asks what a pipe says, and answers a program in one document",
    async args => {
      const child = startChatops([...args, "--json"], { ...app.surroundings, input: "Is anybody\nthere?\n" })
      const document = JSON.parse(await text(child.stdout!)) as { text: string; region: string }
      expect(document.text).toContain('"Is anybody there?"')
      expect(["east", "west"]).toContain(document.region)
    },
  )
})

describe("logs", () => {
  it("are of the region, process and level asked for, in the order in which things happened", async () => {
    const all = await app.json<LogRecord[]>("logs", "--level", "debug")
    const sources = new Set(all.map(line => `${line.region ?? "-"}/${line.process}`))
    for (const source of ["east/r1", "west/r1", "east/database", "west/database", "-/gateway"])
      expect(sources).toContain(source)
    const times = all.flatMap(({ time }) => time ?? [])
    expect(times).toEqual(times.toSorted())

    const west = await app.json<LogRecord[]>("logs", "--region", "west", "--process", "database")
    expect(west.length).toBeGreaterThan(0)
    expect(new Set(west.map(line => `${line.region}/${line.process}`))).toEqual(new Set(["west/database"]))
    const loud = await app.json<LogRecord[]>("logs", "--level", "error")
    expect(new Set(loud.map(({ level }) => level)).isSubsetOf(new Set(["error", "fatal"]))).toBe(true)
  })
})

describe("a part that dies with all its processes", () => {
  it.each([
    ["witness", "base"],
    ["entry", "entry"],
    ["regions/east", "region-east"],
    ["regions/west", "region-west"],
  ])("%s shows in the plan, and the next deploy repairs it and nothing else", async (part, stack) => {
    const { key } = await app.json<{ key: string }>("keys", "create", "--name", part.replace("/", " "))
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key })
    const earlier = await client.responses.create({ model: "gpt-5-mini", input: "Keep this" })

    const agent = processesNaming(app.state).find(({ commandLine }) => commandLine.endsWith(`/${part}`))
    killAll(processTree(agent!.pid, processesNaming("")))
    const preview = await app.json<{ changes: unknown[] }>("deploy", "--preview")
    expect(preview.changes).toMatchObject([{ stack, operation: "update", reasons: ["it is not running"] }])
    const repaired = await app.json<DeployDocument>("deploy", "--yes")
    expect(repaired.changes.map(change => change.stack)).toEqual([stack])

    expect((await app.json<StatusDocument>("status")).healthy).toBe(true)
    expect((await client.responses.retrieve(earlier.id)).id).toBe(earlier.id)
  })
})

it("a standby that is cut off from everything shows as such, and comes back by itself", async () => {
  const links = processesNaming(`${app.state}/`).filter(({ commandLine }) => commandLine.includes("links.js"))
  const agent = processesNaming(app.state).find(({ commandLine }) => commandLine.endsWith("/regions/west"))
  const west = links.find(({ parent }) => parent === agent?.pid)
  process.kill(west!.pid, "SIGSTOP")
  try {
    await expect
      .poll(async () => (await app.json<StatusDocument>("status")).regions[1]?.streaming, { timeout: 60_000 })
      .toBe(false)
    const { regions } = await app.json<StatusDocument>("status")
    expect(regions.map(({ name, healthy }) => [name, healthy])).toEqual([
      ["east", true],
      ["west", false],
    ])
  } finally {
    process.kill(west!.pid, "SIGCONT")
  }
  await waitUntilHealthy(app)
})

describe.skipIf(noTerminal)("on a terminal", { meta: { skipReason: noTerminal ?? "" } }, () => {
  it("a deploy shows its steps while they go on, asks first, and leaves the answer to be read", async () => {
    app.edit(content => `${content}Be brief.\n`, "prompts/assistant.md")
    const terminal = onTerminal("deploy")
    await terminal.shows(/Go on\?/)
    terminal.type("y\r")
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen).toMatch(/✔ validate/)
    expect(terminal.screen).toMatch(/You said "Hello! Please answer in one short sentence/)
    const end = terminal.screen.slice(terminal.screen.lastIndexOf("Deployed local"))
    expect(end).toMatch(/#token=/)
    expect(end).toMatch(/Next:/)
  })

  it("a watched status is drawn again until Ctrl-C, and what was seen last stays", async () => {
    const terminal = onTerminal("status", "--watch")
    await terminal.shows(/● healthy[\s\S]*● healthy/)
    terminal.type("\u0003")
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.trimEnd()).toMatch(/west\s+standby[^\n]*$/)
  })

  it("a conversation is held with the keyboard, and remembered", async () => {
    const terminal = onTerminal("chat")
    await terminal.shows(/you › /)
    terminal.type("My name is Ada\r")
    await terminal.shows(/· rel_[\s\S]*you › $/)
    terminal.type("What is my name?\r")
    await terminal.shows(/· rel_[\s\S]*you › $/)
    terminal.type("\u0004")
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen).toContain('beginning with "My name is Ada"')
  })
})
