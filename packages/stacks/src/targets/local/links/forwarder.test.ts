import { once } from "node:events"
import net, { type AddressInfo, type Socket } from "node:net"
import { text } from "node:stream/consumers"
import { expect, it, onTestFinished } from "vitest"
import { findFreePort } from "../free-port.ts"
import { Forwarder } from "./forwarder.ts"

async function linkTo(
  serve: (socket: Socket) => void,
): Promise<{ forwarder: Forwarder; connect: () => Promise<Socket> }> {
  const server = net.createServer({ allowHalfOpen: true }, serve).listen(0, "127.0.0.1")
  await once(server, "listening")
  const listen = await findFreePort(new Set())
  const forwarder = new Forwarder({
    name: "test",
    listen,
    to: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
  })
  await forwarder.listen()
  onTestFinished(() => {
    forwarder.close()
    server.close()
  })
  const connect = async () => {
    const socket = net.connect({ host: "127.0.0.1", port: listen, allowHalfOpen: true })
    socket.on("error", () => undefined)
    await once(socket, "connect")
    return socket
  }
  return { forwarder, connect }
}

/** Unlike `once`, does not mind that an error comes first. */
const closed = (socket: Socket) => new Promise<void>(resolve => socket.once("close", () => resolve()))

it("carries bytes both ways and keeps half-closing", async () => {
  const { connect } = await linkTo(async socket => socket.end((await text(socket)).toUpperCase()))
  const socket = await connect()
  socket.end("hello".repeat(50_000))
  expect(await text(socket)).toBe("HELLO".repeat(50_000))
})

it("passes on a reset as quickly as it comes", async () => {
  const { connect } = await linkTo(socket => socket.once("data", () => socket.resetAndDestroy()))
  const socket = await connect()
  socket.write("x")
  await closed(socket)
  expect(socket.destroyed).toBe(true)
})

it("ends every connection when it is closed", async () => {
  const { forwarder, connect } = await linkTo(socket => socket.write("hi"))
  const socket = await connect()
  await once(socket, "data")
  const ended = once(socket, "end")
  forwarder.close()
  await ended
})

it("closes a connection when the far side cannot be reached", async () => {
  const [listen, nobody] = [await findFreePort(new Set()), await findFreePort(new Set())]
  const forwarder = new Forwarder({ name: "test", listen, to: { host: "127.0.0.1", port: nobody } })
  await forwarder.listen()
  onTestFinished(() => forwarder.close())
  const socket = net.connect(listen, "127.0.0.1")
  socket.on("error", () => undefined)
  await closed(socket)
})
