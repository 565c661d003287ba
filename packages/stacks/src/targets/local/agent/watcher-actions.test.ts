import type { Register } from "@chatops/runtime/contract"
import { expect, it, onTestFinished, vi } from "vitest"
import type { WatcherEntry } from "../../../failover/watcher-journal.ts"
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
