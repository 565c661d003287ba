import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Silence } from "./silence.ts"

let calls = 0
const silence = () => new Silence(100, () => (calls += 1))

beforeEach(() => {
  calls = 0
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test("ends at its limit", () => {
  silence().begin()
  vi.advanceTimersByTime(99)
  expect(calls).toBe(0)
  vi.advanceTimersByTime(2)
  expect(calls).toBe(1)
})

test("progress starts it anew, with the new limit", () => {
  const watched = silence()
  watched.begin()
  vi.advanceTimersByTime(90)
  watched.progress(50)
  vi.advanceTimersByTime(49)
  expect(calls).toBe(0)
  vi.advanceTimersByTime(2)
  expect(calls).toBe(1)
})

test("only waiting counts, not what the consumer does in between", () => {
  const watched = silence()
  watched.begin()
  vi.advanceTimersByTime(60)
  watched.end()
  vi.advanceTimersByTime(10_000)
  watched.begin()
  vi.advanceTimersByTime(39)
  expect(calls).toBe(0)
  vi.advanceTimersByTime(2)
  expect(calls).toBe(1)
})

test("waiting adds up over pieces that are no progress", () => {
  const watched = silence()
  for (let piece = 0; piece < 9; piece += 1) {
    watched.begin()
    vi.advanceTimersByTime(10)
    watched.end()
  }
  watched.begin()
  vi.advanceTimersByTime(9)
  expect(calls).toBe(0)
  vi.advanceTimersByTime(2)
  expect(calls).toBe(1)
})

test("nothing is heard after stop", () => {
  const watched = silence()
  watched.begin()
  watched.stop()
  vi.advanceTimersByTime(1_000)
  expect(calls).toBe(0)
})
