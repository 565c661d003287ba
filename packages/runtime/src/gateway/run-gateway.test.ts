import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import fs from "node:fs/promises"
import http from "node:http"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { cutRegionPath, type GatewayStatus, type ProcessMessage } from "../contract/index.ts"
import { answerJson, StandInReplica } from "./testing/stand-in-replica.ts"
import { ending, gatewaySettings } from "./testing/start-gateway.ts"

const entry = fileURLToPath(new URL("../processes/gateway.ts", import.meta.url))

describe("the gateway's process", () => {
  it("tells where it listens and whether it is ready, serves, and stops on SIGTERM", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await start({ backends: [replica] })
    expect(await gateway.message("listening")).toEqual({ type: "listening", host: "127.0.0.1", port: gateway.port })
    expect(await gateway.message("readiness")).toMatchObject({ ready: true })
    expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(200)
    gateway.child.kill("SIGTERM")
    expect(await once(gateway.child, "exit")).toEqual([0, null])
    await expect(fs.stat(gateway.control)).rejects.toThrow("ENOENT")
    const lines = gateway
      .output()
      .trim()
      .split("\n")
      .map(line => JSON.parse(line))
    expect(lines.map(line => line.msg)).toEqual(
      expect.arrayContaining(["listening", "readiness", "draining", "stopped"]),
    )
    expect(lines[0]).toMatchObject({ level: "info", app: "bot", environment: "test", process: "gateway" })
  })

  it("says that its port is taken, and exits", async () => {
    const taken = net.createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const gateway = await start({ port: (taken.address() as net.AddressInfo).port })
    expect(await gateway.message("fatal")).toMatchObject({ code: "PORT_TAKEN" })
    expect(await once(gateway.child, "exit")).toEqual([1, null])
    taken.close()
  })

  it("names what is wrong with its settings, and exits", async () => {
    const gateway = await start({ algorithm: "fastest" })
    expect(await gateway.message("fatal")).toMatchObject({
      code: "SETTINGS_INVALID",
      message: expect.stringContaining("algorithm"),
    })
    expect(await once(gateway.child, "exit")).toEqual([1, null])
  })
})

describe("the control socket", () => {
  it("is its owner's alone, and gives status and metrics", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await start({ backends: [replica] })
    // Readiness may come before the control socket does, `listening` never.
    await Promise.all([gateway.message("listening"), gateway.message("readiness")])
    expect(((await fs.stat(gateway.control)).mode & 0o777).toString(8)).toBe("600")
    await fetch(`http://127.0.0.1:${gateway.port}/`)
    const status = JSON.parse((await gateway.ask("GET", "/status")).body) as GatewayStatus
    expect(status).toMatchObject({
      algorithm: "round-robin",
      draining: false,
      requests: { total: 1, active: 0, retried: 0, broken: 0, failed: 0 },
      backends: [{ id: "east/r1", weight: 1, total: 1, state: "healthy" }],
    })
    const metrics = (await gateway.ask("GET", "/metrics")).body
    expect(metrics).toContain("chatops_gateway_requests_total 1\n")
    expect(metrics).toContain('chatops_gateway_backend_up{backend="east/r1",region="east"} 1\n')
    expect(metrics).toContain('chatops_gateway_first_byte_seconds_bucket{le="+Inf"} 1\n')
    expect((await gateway.ask("GET", "/other")).status).toBe(404)
  })

  it("takes new settings, and refuses wrong ones and another address", async () => {
    const [a, b] = await Promise.all(["a", "b"].map(name => ending(StandInReplica.start(answerJson({ name })))))
    const gateway = await start({ backends: [a!] })
    await gateway.message("listening")
    const ask = async () => (await fetch(`http://127.0.0.1:${gateway.port}/`)).json()
    expect(await ask()).toEqual({ name: "a" })
    const wanted = { ...gateway.settings, backends: gatewaySettings([b!]).backends }
    expect((await gateway.ask("PUT", "/settings", JSON.stringify(wanted))).status).toBe(200)
    expect(await ask()).toEqual({ name: "b" })
    for (const [body, status] of [
      [JSON.stringify({ ...wanted, algorithm: "fastest" }), 400],
      [JSON.stringify({ ...wanted, trustedProxies: ["nobody"] }), 400],
      [JSON.stringify({ ...wanted, backends: [...wanted.backends, ...wanted.backends] }), 400],
      ["{", 400],
      [JSON.stringify({ ...wanted, listen: { host: "127.0.0.1", port: 1 } }), 409],
      [JSON.stringify({ ...wanted, control: "/elsewhere" }), 409],
    ] as const) {
      expect((await gateway.ask("PUT", "/settings", body)).status).toBe(status)
    }
    expect(await ask()).toEqual({ name: "b" })
  })

  it("cuts a region off for as long as a request for it goes on, or its client lives", async () => {
    const replica = await ending(StandInReplica.start())
    const gateway = await start({ backends: [replica] })
    await gateway.message("listening")
    const target = cutRegionPath("east")
    for (const end of ["end", "destroy"] as const) {
      const held = http.request({ socketPath: gateway.control, method: "POST", path: target, agent: false })
      held.on("error", () => {}).flushHeaders()
      await once(held, "response")
      const before = replica.received.length
      const answer = fetch(`http://127.0.0.1:${gateway.port}/`)
      expect((await gateway.ask("GET", "/status")).status).toBe(200)
      expect(replica.received.length).toBe(before)
      held[end]()
      expect((await answer).status).toBe(200)
    }
  })

  it("replaces the socket of a gateway that was killed, and none of one that runs", async () => {
    const first = await start({})
    await first.message("listening")
    const rival = await start({ control: first.control })
    expect(await rival.message("fatal")).toMatchObject({ code: "CONTROL_TAKEN" })
    first.child.kill("SIGKILL")
    await once(first.child, "exit")
    const second = await start({ control: first.control })
    await second.message("listening")
    expect((await second.ask("GET", "/status")).status).toBe(200)
  })
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, "close")
  return port
}

async function start(options: {
  backends?: readonly { port: number }[]
  port?: number
  control?: string
  algorithm?: string
}) {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gateway-"))
  const port = options.port ?? (await freePort())
  const control = options.control ?? path.join(directory, "control")
  const settings = {
    ...gatewaySettings(options.backends ?? []),
    listen: { host: "127.0.0.1", port },
    control,
    ...(options.algorithm === undefined ? {} : { algorithm: options.algorithm }),
  }
  const file = path.join(directory, "settings.json")
  await fs.writeFile(file, JSON.stringify(settings))
  const child = fork(entry, {
    env: { CHATOPS_SETTINGS: file },
    execArgv: [],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  })
  children.push({ child, directory })
  let output = ""
  child.stdout?.on("data", bytes => {
    output += bytes
  })
  const messages: ProcessMessage[] = []
  const waiters: (() => void)[] = []
  child.on("message", message => {
    messages.push(message as ProcessMessage)
    for (const waiter of waiters.splice(0)) waiter()
  })
  return {
    child,
    port,
    control,
    settings,
    output: () => output,
    async message(type: ProcessMessage["type"]): Promise<ProcessMessage> {
      for (;;) {
        const found = messages.find(message => message.type === type)
        if (found !== undefined) return found
        await new Promise<void>(resolve => waiters.push(resolve))
      }
    },
    async ask(method: string, target: string, body = ""): Promise<{ status: number; body: string }> {
      const request = http.request({ socketPath: control, method, path: target, agent: false }).end(body)
      const [response] = (await once(request, "response")) as [http.IncomingMessage]
      let text = ""
      for await (const bytes of response.setEncoding("utf8")) text += bytes
      return { status: response.statusCode ?? 0, body: text }
    },
  }
}

const children: { child: ChildProcess; directory: string }[] = []

afterEach(async () => {
  for (const { child, directory } of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit")
      child.kill("SIGKILL")
      await exited
    }
    await fs.rm(directory, { recursive: true, force: true })
  }
})
