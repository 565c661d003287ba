import { once } from "node:events"
import net, { type AddressInfo } from "node:net"
import { expect, it, onTestFinished } from "vitest"
import { findFreePort } from "../free-port.ts"
import { explainPort, portOwner } from "./port-owner.ts"

const linux = process.platform === "linux"

async function listening(host: string): Promise<number> {
  const server = net.createServer().listen(0, host)
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

it.runIf(linux).each(["127.0.0.1", "0.0.0.0", "::"])("finds who listens on %s", async host => {
  expect(portOwner(await listening(host))).toMatchObject({ pid: process.pid, command: expect.stringContaining("node") })
})

it("finds nobody on a free port", async () => {
  expect(portOwner(await findFreePort(new Set()))).toBeUndefined()
})

it.runIf(linux)("adds the owner to what Node says, whichever way that names the port", async () => {
  const port = await listening("127.0.0.1")
  for (const message of [
    `r1: Cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    `the database's port 127.0.0.1:${port} is taken`,
    `links: listen EADDRINUSE: address already in use :::${port}`,
  ]) {
    expect(explainPort(message)).toMatch(new RegExp(`^.* \\(port ${port} is held by pid ${process.pid}, .*node`))
  }
})

it("leaves a message alone that names no port", () => {
  expect(explainPort("no port here")).toBe("no port here")
})
