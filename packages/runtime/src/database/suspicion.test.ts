import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { Suspicion } from "./suspicion.ts"

let seen: boolean[]
let suspicion: Suspicion

beforeEach(() => {
  vi.useFakeTimers()
  seen = []
  suspicion = new Suspicion({ after: 500, onChange: suspects => seen.push(suspects) })
})
afterEach(() => vi.useRealTimers())

it("begins when somebody has waited for so long, and ends with the last who has", () => {
  const first = suspicion.wait()
  vi.advanceTimersByTime(300)
  const second = suspicion.wait()
  vi.advanceTimersByTime(199)
  expect(seen).toEqual([])
  vi.advanceTimersByTime(301)
  expect(seen).toEqual([true])
  first()
  expect(seen).toEqual([true])
  second()
  expect(seen).toEqual([true, false])
  expect(vi.getTimerCount()).toBe(0)
})

it("does not begin as long as others are acknowledged what they wrote, however long one waits", () => {
  suspicion.wait()
  for (let times = 0; times < 20; times++) {
    vi.advanceTimersByTime(400)
    suspicion.acknowledged()
  }
  expect(seen).toEqual([])
  vi.advanceTimersByTime(500)
  expect(seen).toEqual([true])
})

it("ends soon after somebody is acknowledged again, although others wait on", () => {
  suspicion.wait()
  vi.advanceTimersByTime(600)
  suspicion.acknowledged()
  vi.advanceTimersByTime(400)
  expect(seen).toEqual([true, false])
  vi.advanceTimersByTime(500)
  expect(seen).toEqual([true, false, true])
})

it("counts no longer for one who came after the last acknowledgement", () => {
  suspicion.acknowledged()
  vi.advanceTimersByTime(10_000)
  suspicion.wait()
  vi.advanceTimersByTime(499)
  expect(seen).toEqual([])
  vi.advanceTimersByTime(1)
  expect(seen).toEqual([true])
})
