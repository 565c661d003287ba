import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Exchange } from "./exchange.ts"

const controller = { pause() {}, resume() {}, abort() {} } as never

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An exchange whose first event has just been taken, with what is taken of it from then on, batch by batch. */
async function speaking() {
  const exchange = new Exchange({ connect: 100, firstToken: 100, betweenTokens: 100 }, new AbortController().signal)
  const taken: string[] = []
  const arrive = async (text: string) => {
    exchange.onResponseData(controller, Buffer.from(text))
    await vi.advanceTimersByTimeAsync(0)
  }
  const take = async () => {
    for (let batch = await exchange.next(); batch !== undefined; batch = await exchange.next()) {
      exchange.progress()
      taken.push(batch.join(""))
    }
  }
  exchange.onRequestStart(controller)
  exchange.onResponseStart(controller, 200, {})
  const ended = take().catch(error => taken.push(error.message))
  await arrive("first ")
  return { exchange, taken, arrive, ended }
}

test("the first event does not wait", async () => {
  expect((await speaking()).taken).toEqual(["first "])
})

test("what comes within a frame comes together at its end", async () => {
  const { taken, arrive } = await speaking()
  for (const text of ["a", "b", "c"]) {
    await vi.advanceTimersByTimeAsync(5)
    await arrive(text)
  }
  expect(taken).toEqual(["first "])
  await vi.advanceTimersByTimeAsync(1)
  expect(taken).toEqual(["first ", "abc"])
})

test("what comes after the frame does not wait", async () => {
  const { taken, arrive } = await speaking()
  for (const text of ["a", "b"]) {
    await vi.advanceTimersByTimeAsync(16)
    await arrive(text)
  }
  expect(taken).toEqual(["first ", "a", "b"])
})

test("much does not wait either", async () => {
  const { taken, arrive } = await speaking()
  await arrive("x".repeat(20_000))
  expect(taken).toHaveLength(2)
})

test("the end does not wait, and takes along what did", async () => {
  const { exchange, taken, arrive, ended } = await speaking()
  await arrive("last")
  exchange.onResponseEnd()
  await ended
  expect(taken).toEqual(["first ", "last"])
})

test("an upstream that fell silent is given up as long after its last event as without frames", async () => {
  const { taken, arrive, ended } = await speaking()
  await vi.advanceTimersByTimeAsync(90)
  await arrive("a")
  await arrive("b")
  await vi.advanceTimersByTimeAsync(120)
  await ended
  expect(taken).toEqual(["first ", "a", "b", "was silent for 100 ms in the middle of an answer"])
})
