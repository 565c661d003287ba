import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Exchange } from "./exchange.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const head = {
  status: 200,
  reason: "",
  fields: [],
  body: "chunked",
  reusable: true,
  idle: undefined,
  connection: "",
} as const

/** A connection that keeps what comes while it is paused, as the system does, and hands it over with one read. */
class FakeConnection {
  readonly #exchange: Exchange
  #paused = false
  #kept = ""

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  send() {}
  destroy() {}

  pause() {
    this.#paused = true
  }

  resume() {
    this.#paused = false
    if (this.#kept !== "") this.arrive("")
  }

  arrive(text: string) {
    this.#kept += text
    if (this.#paused) return
    this.#exchange.answerData(Buffer.from(this.#kept))
    this.#kept = ""
    this.#exchange.answerPause()
  }
}

/** An exchange whose first two events have been taken, with what is taken of it from then on, batch by batch. */
async function speaking() {
  const exchange = new Exchange({ connect: 100, firstToken: 100, betweenTokens: 100 }, new AbortController().signal)
  const connection = new FakeConnection(exchange)
  const taken: string[] = []
  const arrive = async (text: string) => {
    connection.arrive(text)
    await vi.advanceTimersByTimeAsync(0)
  }
  const take = async () => {
    for (let batch = await exchange.next(); batch !== undefined; batch = await exchange.next()) {
      exchange.progress()
      taken.push(batch.join(""))
    }
  }
  exchange.begin(connection, Buffer.from(""))
  exchange.requestSent()
  exchange.answerHead(head)
  const ended = take().catch(error => taken.push(error.message))
  await arrive("first")
  await arrive("second")
  return { exchange, taken, arrive, ended }
}

test("the first events do not wait", async () => {
  expect((await speaking()).taken).toEqual(["first", "second"])
})

test("what comes within a frame comes together at its end", async () => {
  const { taken, arrive } = await speaking()
  for (const text of ["a", "b", "c"]) {
    await vi.advanceTimersByTimeAsync(5)
    await arrive(text)
  }
  expect(taken).toEqual(["first", "second"])
  await vi.advanceTimersByTimeAsync(1)
  expect(taken).toEqual(["first", "second", "abc"])
})

test("what comes after the frame does not wait", async () => {
  const { taken, arrive } = await speaking()
  for (const text of ["a", "b"]) {
    await vi.advanceTimersByTimeAsync(16)
    await arrive(text)
  }
  expect(taken).toEqual(["first", "second", "a", "b"])
})

test("what follows much does not wait either", async () => {
  const { taken, arrive } = await speaking()
  await vi.advanceTimersByTimeAsync(16)
  await arrive("x".repeat(20_000))
  await arrive("more")
  expect(taken.slice(3)).toEqual(["more"])
})

test("reading stops when the consumer does not keep up, and goes on when it does", async () => {
  const exchange = new Exchange({ connect: 100, firstToken: 100, betweenTokens: 100 }, new AbortController().signal)
  const connection = new FakeConnection(exchange)
  exchange.begin(connection, Buffer.from(""))
  exchange.answerHead(head)
  connection.arrive("x".repeat(300_000))
  connection.arrive("later")
  expect(String(await exchange.next())).toHaveLength(300_000)
  expect(String(await exchange.next())).toBe("later")
})

test("an upstream that fell silent is given up as long after its last event as without frames", async () => {
  const { taken, arrive, ended } = await speaking()
  await vi.advanceTimersByTimeAsync(90)
  await arrive("a")
  await arrive("b")
  await vi.advanceTimersByTimeAsync(120)
  await ended
  expect(taken).toEqual(["first", "second", "a", "b", "was silent for 100 ms in the middle of an answer"])
})
