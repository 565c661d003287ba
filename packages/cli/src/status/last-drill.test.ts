import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { openLedger } from "../ledger/index.ts"
import { repository, useGitConfig } from "../ledger/testing/repository.ts"
import { record } from "../ledger/testing/sample-record.ts"
import { step } from "../operations/operation.ts"
import { runOperation } from "../operations/run-operation.ts"
import { fakeServices } from "../operations/testing/fake-services.ts"
import { lastDrill } from "./last-drill.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))

const drilled = (id: string, endedAt: string, scenario = "kill-region") => ({
  ...{ id, endedAt, outcome: "passed", scenario: { name: scenario, seed: 1 }, figures: { of: "a newer version" } },
})

/** An environment whose app lies in a repository, and what has been drilled from here and elsewhere. */
function bench() {
  const state = mkdtempSync(join(tmpdir(), "chatops-last-drill-"))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const services = fakeServices(state)
  const appDirectory = repository()
  Object.assign(services, { environment: { ...services.environment, appDirectory } })
  const here = async (...told: Parameters<typeof drilled>) => {
    const steps = [step("record", async () => ({ output: { record: drilled(...told) } }))]
    const drill = { kind: "drill", choice: {}, followsConfiguration: false, supersedes: [], steps }
    await runOperation(drill, { services, signal: new AbortController().signal, listen: () => {} })
  }
  const elsewhere = (id: string, text: string, environment = "local") => {
    const path = `drills/${environment}/${id}/record.json`
    return openLedger(appDirectory).append(record({ id }), { files: [{ path, content: Buffer.from(text) }] })
  }
  return { services, here, elsewhere }
}

it("is the newest of those that were run from here and those that the ledger knows of", async () => {
  const { services, here, elsewhere } = bench()
  expect(await lastDrill(services)).toBeNull()
  await elsewhere("op-1", JSON.stringify(drilled("op-1", "2026-01-01T00:00:00.000Z", "freeze-region")))
  expect(await lastDrill(services)).toEqual({
    id: "op-1",
    endedAt: "2026-01-01T00:00:00.000Z",
    outcome: "passed",
    scenario: "freeze-region",
  })
  await here("op-2", "2026-01-02T00:00:00.000Z")
  expect(await lastDrill(services)).toMatchObject({ id: "op-2", scenario: "kill-region" })
  await elsewhere("op-3", JSON.stringify(drilled("op-3", "2026-01-03T00:00:00.000Z", "lose-model")))
  await elsewhere("op-4", JSON.stringify(drilled("op-4", "2026-01-04T00:00:00.000Z")), "prod")
  expect(await lastDrill(services)).toMatchObject({ id: "op-3", scenario: "lose-model" })
})

it("is that of the journals where the ledger's cannot be read", async () => {
  const { services, here, elsewhere } = bench()
  await here("op-1", "2026-01-01T00:00:00.000Z")
  await elsewhere("op-2", "{")
  expect(await lastDrill(services)).toMatchObject({ id: "op-1" })
  Object.assign(services, { environment: { ...services.environment, appDirectory: "/nowhere" } })
  expect(await lastDrill(services)).toMatchObject({ id: "op-1" })
})
