import type { Socket } from "node:net"
import { Duplex } from "node:stream"
import { expect, it } from "vitest"
import { get } from "../testing/raw-client.ts"
import { defaultTiming } from "../timing.ts"
import { BodyMemory } from "./body-memory.ts"
import { ClientConnection } from "./client-connection.ts"

/** A connection whose other end takes what is written only when it is told to. */
function slowlyRead() {
  const taken: (() => void)[] = []
  const socket = new Duplex({
    allowHalfOpen: false,
    read() {},
    write: (_bytes, _encoding, done) => void taken.push(done),
  })
  const connection = new ClientConnection(socket as Socket, {
    timing: defaultTiming,
    bodies: new BodyMemory(() => 1_000),
    origin: () => ({ region: "gateway", release: "none" }),
    bodyLimit: () => 1_000,
    draining: () => false,
    handle(_head, _body, answered) {
      answered.write([Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")])
      answered.finish(false)
    },
    refused() {},
    heldBack() {},
    closed() {},
  })
  return { socket, connection, taken }
}

const soon = () => new Promise<void>(resolve => setImmediate(resolve))

it("a last answer that is still on its way survives the client's end and the time for lingering", async () => {
  const { socket, connection, taken } = slowlyRead()
  socket.push(get("/"))
  await soon()
  socket.push(null)
  await soon()
  connection.sweep(performance.now() + 2 * defaultTiming.linger)
  expect(socket.destroyed).toBe(false)
  for (const done of taken) done()
  await soon()
  expect(socket.writableFinished).toBe(true)
})

it("lingering ends when the answer has gone and the client does not close", async () => {
  const { socket, connection, taken } = slowlyRead()
  socket.push(get("/"))
  await soon()
  for (const done of taken) done()
  await soon()
  connection.sweep(performance.now() + defaultTiming.linger / 2)
  expect(socket.destroyed).toBe(false)
  connection.sweep(performance.now() + 2 * defaultTiming.linger)
  expect(socket.destroyed).toBe(true)
})
