import { type DrillEvent, figuresOf, planLoad } from "@chatops/stacks/drill"
import { beforeAll, expect, it } from "vitest"
import { startDrillLoad } from "../../packages/cli/src/drill/load/start-drill-load.ts"
import { type Postgres, startPostgres } from "../../packages/runtime/src/testing/postgres.ts"
import { type ReplicaProcess, startReplicaProcess } from "../../packages/runtime/src/testing/replica-process.ts"
import { type ScriptedUpstream, startScriptedUpstream } from "../../packages/runtime/src/testing/scripted-upstream.ts"
import { createMigratedDatabase, type MigratedDatabase } from "../../packages/runtime/src/testing/test-database.ts"
import { replicaSettings } from "../../packages/runtime/src/testing/test-replica.ts"

let postgres: Postgres
let database: MigratedDatabase
let upstream: ScriptedUpstream

beforeAll(async () => {
  postgres = await startPostgres()
  database = await createMigratedDatabase(postgres)
  upstream = await startScriptedUpstream()
  // A model that takes its time, so that answers are under way at every moment.
  upstream.answerWith(call => {
    call.send("Half of an answer")
    setTimeout(() => call.finish(), 80)
  })
  return async () => {
    await upstream.close()
    await postgres[Symbol.asyncDispose]()
  }
})

const start = (listen?: { host: string; port: number }) =>
  startReplicaProcess(replicaSettings(database, upstream.baseURL, listen && { listen }), database.runtime.password)

it("finds every acknowledged turn of a real replica once, though the replica is killed under way", async () => {
  let replica: ReplicaProcess = await start()
  const { hostname, port } = new URL(replica.url)
  const key = await database.createKey("acme")
  const events: DrillEvent[] = []
  const load = { turnsPerSecond: 40, turnsPerConversation: 4, thinkTime: 0.2, streamed: 0.5, answerTokens: 16 }
  const enough = Promise.withResolvers<void>()
  const running = startDrillLoad({
    url: replica.url,
    key,
    plan: planLoad(load, 5, { answerTime: 0.1 }),
    record: event => {
      events.push(event)
      if (running.counts.acknowledged > 30 && running.counts.underWay > 3) enough.resolve()
    },
    origin: performance.now(),
    signal: AbortSignal.timeout(60_000),
  })
  try {
    await enough.promise
    await replica.kill()
    replica = await start({ host: hostname, port: Number(port) })
    running.stop()
    await running.finished
    await running.readBack()
  } finally {
    await running.close()
    await replica.kill()
  }
  const { turns, requests, streams, violations } = figuresOf(events)
  expect(violations).toEqual([])
  expect(turns).toEqual({
    requested: running.counts.sent,
    acknowledged: running.counts.sent,
    ...{ lost: 0, doubled: 0, outOfOrder: 0, altered: 0, unknown: 0 },
  })
  expect(turns.requested).toBeGreaterThan(30)
  expect(requests.failedAttempts).toMatchObject({ refused: expect.any(Number) })
  expect(streams.completed).toBeGreaterThan(5)
}, 60_000)
