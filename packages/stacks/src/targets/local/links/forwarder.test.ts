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

it("while cut, passes nothing and tells neither side; healed, delivers what was sent meanwhile", async () => {
  const { promise: served, resolve } = Promise.withResolvers<Socket>()
  const { forwarder, connect } = await linkTo(resolve)
  const [near, far] = [await connect(), await served]
  const log: string[] = []
  for (const [name, socket] of Object.entries({ near, far })) {
    socket.on("data", bytes => log.push(`${name} reads ${bytes}`))
    socket.on("end", () => log.push(`${name} ends`))
    socket.on("close", () => log.push(`${name} closes`))
  }
  near.write("1")
  await once(far, "data")
  const heal = forwarder.cut()
  near.write("2")
  far.write("3")
  near.end()
  far.resetAndDestroy()
  await closed(far)
  // Time enough for what is not held back: a connection beside it does a whole round trip.
  const other = await linkTo(socket => socket.pipe(socket))
  const echo = await other.connect()
  echo.end("echo")
  expect(await text(echo)).toBe("echo")
  expect(log).toEqual(["far reads 1", "far closes"])
  heal()
  await closed(near)
  expect(log.slice(2)).toEqual(["near closes"])
})

it("delivers in order, once, after it healed, and what began meanwhile gets its answer", async () => {
  let connections = 0
  const { forwarder, connect } = await linkTo(socket => {
    connections++
    socket.pipe(socket)
  })
  const before = await connect()
  before.write("a")
  await once(before, "data")
  const heals = [forwarder.cut(), forwarder.cut()] as const
  before.end("b".repeat(300_000))
  const begun = await connect()
  begun.end("c")
  heals[0]()
  heals[0]()
  expect(connections).toBe(1)
  heals[1]()
  expect([await text(before), await text(begun)]).toEqual(["b".repeat(300_000), "c"])
  expect(connections).toBe(2)
})
