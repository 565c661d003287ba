import { spawn } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import net, { type AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { holdOverSocket } from "../faults/held-request.ts"
import { findFreePort } from "../free-port.ts"
import { Forwarder } from "./forwarder.ts"
import { cutLinksToPath, serveLinkControl } from "./link-control.ts"

const soon = () => AbortSignal.timeout(5_000)

/** A link to an echo, and where it can be cut. */
async function controlledLink() {
  const echo = net.createServer(socket => socket.pipe(socket)).listen(0, "127.0.0.1")
  await once(echo, "listening")
  const listen = await findFreePort(new Set())
  const to = { host: "127.0.0.1", port: (echo.address() as AddressInfo).port }
  const forwarder = new Forwarder({ name: "west/database", listen, to })
  await forwarder.listen()
  const socket = join(scratchDirectory(), "links")
  const control = await serveLinkControl([forwarder], socket)
  const client = net.connect(listen, "127.0.0.1")
  await once(client, "connect")
  onTestFinished(() => {
    client.destroy()
    forwarder.close()
    echo.close()
    control.close()
    control.closeAllConnections()
  })
  return { client, socket, path: cutLinksToPath("west") }
}

it("cuts for as long as the request goes on, for its own user only", async () => {
  const { client, socket, path } = await controlledLink()
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  const held = await holdOverSocket(socket, path, soon())
  let heard = ""
  client.on("data", bytes => (heard += bytes))
  client.write("x")
  await expect(holdOverSocket(socket, cutLinksToPath("nowhere"), soon())).rejects.toThrow("404")
  expect(heard).toBe("")
  const heal = once(client, "data")
  await held.release()
  await heal
  expect(heard).toBe("x")
})

it("heals when whoever asked for it is killed", async () => {
  const { client, socket, path } = await controlledLink()
  const module = new URL("../faults/held-request.ts", import.meta.url).href
  const program = `import { holdOverSocket } from ${JSON.stringify(module)}
    await holdOverSocket(${JSON.stringify(socket)}, ${JSON.stringify(path)}, AbortSignal.timeout(5000))
    console.log("held")`
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  await once(holder.stdout, "data")
  const heal = once(client, "data")
  client.write("x")
  expect(client.bytesRead).toBe(0)
  holder.kill("SIGKILL")
  await heal
})
