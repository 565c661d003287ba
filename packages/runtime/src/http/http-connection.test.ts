import { once } from "node:events"
import http from "node:http"
import https from "node:https"
import type { AddressInfo } from "node:net"
import tls from "node:tls"
import { afterEach, describe, expect, test } from "vitest"
import type { AnswerListener, AttemptFailure } from "./answer-listener.ts"
import { ConnectionPool } from "./connection-pool.ts"
import type { Address } from "./http-connection.ts"
import { certificate, key } from "./testing/certificate.ts"

const trusted = tls.getCACertificates()
const toClose: (() => unknown)[] = []

afterEach(() => {
  tls.setDefaultCACertificates(trusted)
  for (const close of toClose.splice(0)) close()
})

/** Serves on a free port of this machine until the test is over. */
async function serve(server: http.Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  toClose.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return (server.address() as AddressInfo).port
}

function poolOf(address: Address): ConnectionPool {
  const pool = new ConnectionPool(address)
  toClose.push(() => pool.close())
  return pool
}

interface Answer {
  readonly status: number
  readonly text: string
  /** In how many pieces it was handed over. */
  readonly reads: number
}

function get(
  pool: ConnectionPool,
  onRead: (pause: () => void, resume: () => void) => void = () => {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const connection = pool.take(2_000)
  let status = 0
  let text = ""
  let reads = 0
  const listener: AnswerListener = {
    answerHead: head => {
      status = head.status
    },
    answerData: content => {
      text += content.toString()
    },
    answerEnd: () => resolve({ status, text, reads: reads + 1 }),
    answerFailed: (failure: AttemptFailure) => reject(Object.assign(new Error(failure.message), failure)),
    answerPause: () => {
      reads += 1
      onRead(
        () => connection.pause(),
        () => connection.resume(),
      )
    },
  }
  connection.send("GET", [Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")], listener)
  return promise
}

const greet: http.RequestListener = (_request, response) => void response.end("hello")

test("a process that was away for longer than connecting may take sees first whether it is connected", async () => {
  const port = await serve(http.createServer(greet))
  const pool = poolOf({ host: "127.0.0.1", port })
  const connection = pool.take(5)
  const answered = Promise.withResolvers<void>()
  connection.send("GET", [Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")], {
    answerHead: () => {},
    answerData: () => {},
    answerPause: () => {},
    answerEnd: answered.resolve,
    answerFailed: failure => answered.reject(new Error(failure.message)),
  })
  const until = performance.now() + 30
  while (performance.now() < until);
  await answered.promise
})

describe("over TLS", () => {
  test("asks a server whose certificate is trusted, more than once on a connection", async () => {
    const server = https.createServer({ key, cert: certificate }, greet)
    let connections = 0
    server.on("secureConnection", () => {
      connections += 1
    })
    const pool = poolOf({ host: "localhost", port: await serve(server), secure: true })
    tls.setDefaultCACertificates([certificate])
    expect(await get(pool)).toMatchObject({ status: 200, text: "hello" })
    expect(await get(pool)).toMatchObject({ status: 200, text: "hello" })
    expect(connections).toBe(1)
  })

  test("asks nothing of a server whose certificate is not", async () => {
    let asked = 0
    const server = https.createServer({ key, cert: certificate }, (_request, response) => {
      asked += 1
      response.end()
    })
    const pool = poolOf({ host: "localhost", port: await serve(server), secure: true })
    await expect(get(pool)).rejects.toMatchObject({ kind: "refused", message: "DEPTH_ZERO_SELF_SIGNED_CERT" })
    expect(asked).toBe(0)
  })

  test("nor of one whose certificate is another's", async () => {
    const pool = poolOf({
      host: "127.0.0.1",
      port: await serve(https.createServer({ key, cert: certificate }, greet)),
      secure: true,
    })
    tls.setDefaultCACertificates([certificate])
    await expect(get(pool)).rejects.toMatchObject({ kind: "refused", message: "ERR_TLS_CERT_ALTNAME_INVALID" })
  })
})

test.each([
  ["TCP", false],
  ["TLS", true],
])("over %s, what comes during a pause comes after it", async (_name, secure) => {
  const responses: http.ServerResponse[] = []
  const listener: http.RequestListener = (_request, response) => {
    responses.push(response)
    response.write("first")
  }
  const server = secure ? https.createServer({ key, cert: certificate }, listener) : http.createServer(listener)
  const pool = poolOf({ host: "localhost", port: await serve(server), secure })
  tls.setDefaultCACertificates([certificate])
  const answer = await get(pool, (pause, resume) => {
    const response = responses.pop()
    if (response === undefined) return
    pause()
    // Then the system has all of it.
    response.once("finish", resume)
    response.write("second")
    response.write("third")
    response.end("last")
  })
  // TLS hands over record by record.
  expect(answer).toEqual({ status: 200, text: "firstsecondthirdlast", reads: secure ? answer.reads : 2 })
})

test("an answer that ends with its connection is whole", async () => {
  const server = http.createServer((_request, response) => {
    response.socket?.end("HTTP/1.1 200 OK\r\n\r\nto the end")
  })
  const pool = poolOf({ host: "127.0.0.1", port: await serve(server) })
  expect(await get(pool)).toMatchObject({ status: 200, text: "to the end" })
})
