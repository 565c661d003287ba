import type { Register } from "@chatops/runtime/contract"
import fc from "fast-check"
import { expect, it, onTestFinished, vi } from "vitest"
import type { WatcherEntry } from "../../../failover/watcher-journal.ts"
import { restraintOf } from "../../../failover/watching.ts"
import { WatcherActions } from "./watcher-actions.ts"

it.each([
  ["back", -3_600_000],
  ["forward", 86_400_000],
])("bounds what may be lost by no clock that is set %s between the question and the claim", (_what, jump) => {
  vi.useFakeTimers({ toFake: ["Date"] })
  onTestFinished(() => void vi.useRealTimers())
  const entries: WatcherEntry[] = []
  const actions = new WatcherActions({ entries, append: entry => void entries.push(entry) })
  const now = () => new Date().toISOString()
  const heldUntil = new Date(Date.now() - 1_000).toISOString()
  const asked = { at: now(), from: "east", to: "west", epoch: 1, reason: "", drilled: false, heldUntil }
  entries.push({ event: "asked", ...asked })
  actions.follow(performance.now())
  vi.setSystemTime(Date.now() + jump)
  actions.settle({ epoch: 2, primary: "west", claim: "async", lease: 2_000 } as Register, true)
  const acted = entries.find(entry => entry.event === "acted")
  expect(acted?.mayBeLost?.seconds).toBeGreaterThanOrEqual(1)
  expect(acted?.mayBeLost?.seconds).toBeLessThan(10)
})

it("says why the watcher would not act, and until when exactly", () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] })
  onTestFinished(() => void vi.useRealTimers())
  const region = { from: "east", to: "west", epoch: 2, claim: "in-sync" } as const
  const acted = { event: "acted", ...region, milliseconds: 1, reason: "", mayBeLost: null } as const
  const acts = fc.array(fc.record({ age: fc.nat({ max: 1_000_000 }), drilled: fc.boolean() }), { maxLength: 6 })
  fc.assert(
    fc.property(acts, acts => {
      const oldestFirst = acts.toSorted((one, other) => other.age - one.age)
      const entries = oldestFirst.map(({ age, drilled }): WatcherEntry => {
        const at = new Date(Date.now() - age).toISOString()
        return { ...acted, at, since: at, drilled }
      })
      const actions = new WatcherActions({ entries, append: () => undefined })
      const now = performance.now()
      const restrained = (at: number) => restraintOf(actions.lately(at)) !== undefined
      const restraint = actions.restraint(now)
      expect(restraint !== undefined).toBe(restrained(now))
      const lasts = restraint?.lasts ?? 0
      expect(restrained(now + lasts)).toBe(false)
      if (restraint !== undefined) expect(restrained(now + lasts - 1)).toBe(true)
    }),
  )
})
