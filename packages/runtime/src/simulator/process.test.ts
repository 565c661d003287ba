import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"

const directory = mkdtempSync(join(tmpdir(), "simulator-"))
const entry = new URL("../processes/simulator.ts", import.meta.url)
afterAll(() => rmSync(directory, { recursive: true }))

function start(settings: unknown): ChildProcess {
  const file = join(directory, "settings.json")
  writeFileSync(file, JSON.stringify(settings))
  return fork(entry, { env: { CHATOPS_SETTINGS: file }, execArgv: [], stdio: "pipe" })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, "close")
  return port
}

test("says where it listens, answers, and ends on SIGTERM even while it answers", async () => {
  const port = await freePort()
  const process = start({ listen: { host: "127.0.0.1", port }, behaviour: { firstTokenDelay: 0, tokensPerSecond: 1 } })
  expect((await once(process, "message"))[0]).toEqual({ type: "listening", host: "127.0.0.1", port })
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], stream: true })
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, { method: "POST", body })
  const reading = answer.text().catch(() => "broken")
  process.kill("SIGTERM")
  expect((await once(process, "exit"))[0]).toBe(0)
  expect(await reading).toBe("broken")
})

test("tells that its port is taken and ends", async () => {
  const other = createServer().listen(0, "127.0.0.1")
  await once(other, "listening")
  const process = start({ listen: { host: "127.0.0.1", port: (other.address() as { port: number }).port } })
  const exit = once(process, "exit")
  expect((await once(process, "message"))[0]).toMatchObject({ type: "fatal", code: "PORT_TAKEN" })
  expect((await exit)[0]).toBe(1)
  other.close()
})

test("tells that its settings are wrong and ends", async () => {
  const process = start({ listen: { host: "127.0.0.1", port: 0 } })
  const exit = once(process, "exit")
  expect((await once(process, "message"))[0]).toMatchObject({ type: "fatal", code: "SETTINGS_INVALID" })
  expect((await exit)[0]).toBe(1)
})
