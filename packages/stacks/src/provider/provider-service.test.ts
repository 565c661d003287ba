import { spawn, spawnSync } from "node:child_process"
import { text } from "node:stream/consumers"
import messages from "@pulumi/pulumi/proto/provider_pb.js"
import { describe, expect, it, onTestFinished } from "vitest"
import { serveProvider } from "./provider-service.ts"
import type { ResourceHandler } from "./resource-handler.ts"

const nobody = 65_534

/** A provider of one type that only writes down what is removed, and who was refused. */
async function servedProvider() {
  const removed: string[] = []
  const refused: (number | undefined)[] = []
  const handler = { delete: async (id: string) => void removed.push(id) } as Partial<ResourceHandler> as ResourceHandler
  const provider = await serveProvider(new Map([["chatops:test:Thing", handler]]), new AbortController().signal, {
    onRefused: uid => refused.push(uid),
  })
  onTestFinished(() => provider.close())
  return { port: provider.port, removed, refused }
}

const request = new messages.DeleteRequest()
  .setId("thing")
  .setUrn("urn:pulumi:base::bot::chatops:test:Thing::thing")
  .serializeBinary()

/** A program that asks the provider for a removal in the engine's protocol: gRPC's frame is a flag, a length, a message. */
const caller = `
const [port, body, hangUp] = process.argv.slice(1)
const message = Buffer.from(body, "base64")
const length = Buffer.alloc(5)
length.writeUInt32BE(message.length, 1)
const session = require("node:http2").connect("http://127.0.0.1:" + port)
session.on("error", () => undefined)
const call = session.request({
  ":method": "POST",
  ":path": "/pulumirpc.ResourceProvider/Delete",
  "content-type": "application/grpc",
  te: "trailers",
})
let answer = "no answer"
call.resume().on("error", () => undefined)
call.on("trailers", trailers => (answer = "status " + trailers["grpc-status"]))
call.on("close", () => console.log(answer) || session.destroy())
call.end(Buffer.concat([length, message]), () => hangUp && setImmediate(() => process.exit()))
`

const program = (port: number) => ["-e", caller, String(port), Buffer.from(request).toString("base64")]

async function call(port: number, user: { uid?: number; gid?: number }): Promise<string> {
  const child = spawn(process.execPath, program(port), { ...user, stdio: ["ignore", "pipe", "inherit"] })
  return (await text(child.stdout)).trim()
}

/** Nothing happens in this process until the caller is gone. */
function callAndHangUp(port: number, user: { uid: number; gid: number }): void {
  spawnSync(process.execPath, [...program(port), "hang up"], { ...user, stdio: "inherit" })
}

it("answers the user that it runs as", async () => {
  const { port, removed, refused } = await servedProvider()
  expect(await call(port, {})).toBe("status 0")
  expect({ removed, refused }).toEqual({ removed: ["thing"], refused: [] })
})

const why =
  process.platform !== "linux"
    ? "the owner of a connection is known on Linux only"
    : process.getuid?.() !== 0
      ? "only root can become another user"
      : undefined

describe.skipIf(why)("another user of this machine", { meta: { skipReason: why } }, () => {
  it("is not heard, and named", async () => {
    const { port, removed, refused } = await servedProvider()
    expect(await call(port, { uid: nobody, gid: nobody })).toBe("no answer")
    expect({ removed, refused }).toEqual({ removed: [], refused: [nobody] })
  })

  it("is not heard either after hanging up, when the kernel says root for want of an owner", async () => {
    const { port, removed, refused } = await servedProvider()
    callAndHangUp(port, { uid: nobody, gid: nobody })
    await expect.poll(() => refused).toEqual([undefined])
    expect(removed).toEqual([])
  })
})
