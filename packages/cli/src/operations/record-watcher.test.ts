import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { recordWatcherActions } from "./record-watcher.ts"
import { fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"

const action = (at: string, to: string) => ({
  event: "acted" as const,
  at,
  since: at,
  from: to === "west" ? "east" : "west",
  to,
  epoch: 2,
  milliseconds: 200,
  drilled: false,
  claim: "async" as const,
  mayBeLost: { turns: null, seconds: 1.5 },
  reason: "its database ended",
})

it("brings what the watcher did to the ledger, once each", async () => {
  const directory = mkdtempSync(join(tmpdir(), "chatops-watcher-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const actions = [action("2026-01-02T03:04:05.678Z", "west")]
  const services = fakeServices(directory, { target: fakeTarget({ state: fakeState("west"), actions }) })
  const { signal } = new AbortController()
  await recordWatcherActions(services, signal)
  await recordWatcherActions(services, signal)
  expect(services.recorded).toMatchObject([
    {
      id: "op-20260102-030405678-watch",
      kind: "failover",
      actor: "watcher",
      result: { from: "east", to: "west", claim: "async", mayBeLost: { turns: null, seconds: 1.5 } },
    },
  ])
  actions.push(action("2026-01-02T04:00:00.000Z", "east"))
  await recordWatcherActions(services, signal)
  expect(services.recorded.map(({ id }) => id)).toEqual(["op-20260102-030405678-watch", "op-20260102-040000000-watch"])
})
