import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { AgentClient } from "./agent-client.ts"
import { type Control, ControlServer } from "./control-server.ts"
import { requestOverSocket } from "./socket-request.ts"
import { AgentSpec } from "./spec.ts"
import type { AgentState } from "./state.ts"

const spec: AgentSpec = {
  kind: "witness",
  directory: "/d",
  socket: "/s",
  programs: "1",
  bundles: { agent: "1" },
  port: 1,
  tokenFile: "/t",
  initial: firstRegister,
}
const state: AgentState = {
  kind: "witness",
  pid: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  spec,
  settled: false,
  phase: "starting",
  failure: null,
  processes: [],
  region: null,
}

async function serve(control: Partial<Control>) {
  const socket = join(scratchDirectory(), "run", "agent")
  const server = new ControlServer({
    state: async () => state,
    apply: async () => undefined,
    admin: async () => ({}),
    ...control,
  })
  await server.listen(socket)
  onTestFinished(() => server.close())
  const request = (method: "GET" | "PUT" | "POST", path: string, body?: unknown) =>
    requestOverSocket({ socket, method, path, body, signal: AbortSignal.timeout(5_000) })
  return { server, socket, request, client: new AgentClient(socket) }
}

it("is open to its own user only, and takes the place of a dead one's socket", async () => {
  const directory = scratchDirectory()
  const socket = join(directory, "sub", "agent")
  mkdirSync(join(directory, "sub"))
  writeFileSync(socket, "left behind")
  const server = new ControlServer({ state: async () => state, apply: async () => undefined, admin: async () => ({}) })
  await server.listen(socket)
  onTestFinished(() => server.close())
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  expect(await new AgentClient(socket).state()).toEqual(state)
})

it("listens again when its socket was removed, and keeps whoever follows", async () => {
  let phase = "before"
  const { server, socket, client } = await serve({ state: async () => ({ ...state, phase }) })
  const followed = client.changes(AbortSignal.timeout(5_000))[Symbol.asyncIterator]()
  await followed.next()
  const removed = [() => rmSync(socket), () => rmSync(dirname(socket), { recursive: true })]
  for (const remove of removed) {
    remove()
    expect(await client.state()).toBeUndefined()
    // At once, as when an agent is woken while it looks by itself.
    await Promise.all([server.listenAgain(), server.listenAgain()])
    expect(await client.state()).toMatchObject({ phase: "before" })
    expect(statSync(socket).mode & 0o777).toBe(0o600)
  }
  phase = "after"
  server.emit("change")
  expect((await followed.next()).value).toMatchObject({ phase: "after" })
})

it("does not listen again while it listens, nor once it was closed", async () => {
  const { server, socket, client } = await serve({})
  const { ino } = statSync(socket)
  await server.listenAgain()
  expect(statSync(socket).ino).toBe(ino)
  server.close()
  await server.listenAgain()
  expect(await client.state()).toBeUndefined()
})

it("listens again once what is in the way of its socket is gone", async () => {
  const { server, socket, client } = await serve({})
  rmSync(dirname(socket), { recursive: true })
  writeFileSync(dirname(socket), "in the way")
  await expect(server.listenAgain()).rejects.toThrow("EEXIST")
  rmSync(dirname(socket))
  await server.listenAgain()
  expect(await client.state()).toBeDefined()
})

it("answers with the code of what went wrong", async () => {
  const { client, request } = await serve({
    apply: async given => void AgentSpec.parse(given),
    admin: async name => {
      if (name === "create-key") throw new ChatopsError("NOT_PRIMARY", "region west is not the primary")
      throw Object.assign(new Error("write failed"), { code: "ENOSPC", syscall: "write", path: "/disk" })
    },
  })
  await client.apply(spec)
  await expect(client.apply({ ...spec, port: "no" } as never)).rejects.toMatchObject({ code: "AGENT_FAILED" })
  await expect(client.admin("create-key")).rejects.toMatchObject({
    code: "NOT_PRIMARY",
    message: "region west is not the primary",
  })
  await expect(client.admin("other")).rejects.toMatchObject({ code: "DISK_FULL" })
  expect(await request("GET", "/nothing")).toMatchObject({ status: 404 })
})

it("tells every change to whoever follows, without losing the last", async () => {
  let phase = 0
  const { server, client } = await serve({ state: async () => ({ ...state, phase: String(phase) }) })
  const followed = client.changes(AbortSignal.timeout(5_000))[Symbol.asyncIterator]()
  expect((await followed.next()).value).toMatchObject({ phase: "0" })
  for (phase = 1; phase < 50; phase++) server.emit("change")
  let last = ""
  while (last !== "50") last = (await followed.next()).value.phase
  await followed.return?.(undefined)
})

it("lives on when the state cannot be told", async () => {
  let broken = false
  const { server, client } = await serve({
    state: async () => {
      if (broken) throw new Error("broken")
      return state
    },
  })
  const followed = client.changes(AbortSignal.timeout(5_000))[Symbol.asyncIterator]()
  await followed.next()
  broken = true
  server.emit("change")
  await expect(followed.next()).rejects.toMatchObject({ code: "AGENT_UNREACHABLE" })
  broken = false
  expect(await client.state()).toEqual(state)
})

it("is an unreachable agent, and no error, when nobody listens", async () => {
  const client = new AgentClient(join(scratchDirectory(), "nobody"))
  expect(await client.state()).toBeUndefined()
  await expect(client.apply(spec)).rejects.toMatchObject({ code: "AGENT_UNREACHABLE" })
  await expect(client.changes(AbortSignal.timeout(5_000))[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: "AGENT_UNREACHABLE",
  })
})
