import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { ChatopsError } from "@chatops/stacks/errors"
import { describe, expect, it, onTestFinished } from "vitest"
import { type FakeEnd, fakeChatApi } from "../client/testing/fake-chat-api.ts"
import type { StackName } from "../engine/stack-name.ts"
import { deploy } from "./deploy.ts"
import { deployResult } from "./deploy-result.ts"
import { readJournals, unfinishedOperation } from "./journal.ts"
import type { OperationEvent } from "./operation-event.ts"
import { planOf } from "./plan.ts"
import { journalDirectory, resumeOperation, runOperation } from "./run-operation.ts"
import { type FakeEngineParts, fakeEngine } from "./testing/fake-engine.ts"
import { type FakeParts, fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"
import { sampleAction } from "./testing/sample-action.ts"

const everything: readonly StackName[] = ["base", "region-east", "region-west", "entry"]
const at = "2026-01-02T03:04:05.678Z"
const createAll = Object.fromEntries(everything.map(name => [name, "create" as const]))

async function bench(
  parts: FakeEngineParts & { primary?: string | null; configured?: readonly string[]; end?: FakeEnd } & Pick<
      FakeParts,
      "confirm"
    >,
) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-deploy-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const api = await fakeChatApi(["Hello ", "there"], parts.end)
  const engine = fakeEngine(parts)
  const target = fakeTarget({ state: fakeState(parts.primary === undefined ? "east" : parts.primary, api.url) })
  const services = fakeServices(directory, {
    target,
    engine,
    regions: parts.configured ?? ["east", "west"],
    ...(parts.confirm && { confirm: parts.confirm }),
  })
  const events: OperationEvent[] = []
  const options = {
    services,
    signal: new AbortController().signal,
    listen: (event: OperationEvent) => void events.push(event),
  }
  return { api, engine, target, services, options, events, run: () => runOperation(deploy(), options) }
}

describe("a deploy", () => {
  it("makes base, then all regions, then the entry, and ends with an answered turn and an entry in the ledger", async () => {
    const { engine, target, services, events, run } = await bench({ changes: createAll })
    const result = await run()
    expect(engine.calls).toEqual(["update base", "update region-east", "update region-west", "update entry"])
    expect(target.calls).toEqual(["validate", "token for chatops, 60 s"])
    expect(services.recorded).toMatchObject([{ kind: "deploy", outcome: "succeeded", summary: "4 to create" }])
    const document = deployResult(result, await target.inspect(AbortSignal.timeout(1_000)), services.environment)
    expect(document).toMatchObject({
      outcome: "succeeded",
      primary: "east",
      verification: { turn: "resp_1", answer: "Hello there", region: "east" },
    })
    expect(events.filter(event => event.type === "step-text")).toMatchObject([
      { part: "east answers", text: "Hello " },
      { part: "east answers", text: "there" },
    ])
  })

  it("updates only stacks with a change", async () => {
    const { engine, run } = await bench({ changes: { "region-west": "update" } })
    const { steps } = await run()
    expect(engine.calls).toEqual(["update region-west"])
    const summaries = Object.fromEntries(steps.map(({ name, summary }) => [name, summary]))
    expect(summaries).toMatchObject({ base: "unchanged", regions: "region-west", entry: "unchanged" })
  })

  it("changes, asks and records nothing when all is as it should be", async () => {
    const asked: string[] = []
    const { engine, services, run } = await bench({ confirm: async question => asked.push(question) > 0 })
    expect(await planOf(services)).toEqual({ changes: [], retired: [], notes: [] })
    expect(await run()).toMatchObject({ outcome: "unchanged" })
    expect([engine.calls, asked, services.recorded]).toEqual([[], [], []])
  })

  it("brings what the watcher did to the ledger also when nothing is to be changed, or says that it is still to come", async () => {
    const { services, options, target } = await bench({})
    const watched = { ...services, target: { ...target, watcherActions: async () => [sampleAction(at, "west")] } }
    const run = (ledger = services.ledger) =>
      runOperation(deploy(), { ...options, services: { ...watched, ledger } }).then(async result =>
        deployResult(result, await target.inspect(AbortSignal.timeout(1_000)), services.environment),
      )
    const full = { append: () => Promise.reject(new Error("the disk is full")) }
    const { outcome, notes } = await run(async () => ({ ...(await services.ledger()), ...full }))
    const toCome = "1 failover of the watcher is still to come to the ledger: the disk is full"
    expect([outcome, notes, services.recorded]).toEqual(["unchanged", [toCome], []])
    expect(await run()).toMatchObject({ outcome: "unchanged", notes: [] })
    expect(services.recorded).toMatchObject([{ kind: "failover", actor: "watcher", result: { to: "west" } }])
  })

  it("asks with the plan's summary, and changes nothing when the answer is no", async () => {
    const asked: string[] = []
    const confirm = async (question: string) => asked.push(question) < 0
    const { engine, options, run } = await bench({ changes: { base: "create", entry: "update" }, confirm })
    await expect(run()).rejects.toMatchObject({ code: "NOT_CONFIRMED", exitCode: 2 })
    expect(asked).toEqual(["1 to create, 1 to update. Go on?"])
    expect(engine.calls).toEqual([])
    expect(unfinishedOperation(journalDirectory(options.services))).toBeUndefined()
  })

  it("begins all regions at once", async () => {
    const both = Promise.withResolvers<void>()
    let begun = 0
    const during = async (_verb: string, name: StackName) => {
      if (!name.startsWith("region-")) return
      if (++begun === 2) both.resolve()
      await both.promise
    }
    const { run } = await bench({ changes: createAll, during })
    expect(await run()).toMatchObject({ outcome: "succeeded" })
  })

  it("lets every region settle before it reports that one failed, and goes on from there when it is resumed", async () => {
    const [eastFailed, westMayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let broken = true
    const during = async (_verb: string, name: StackName) => {
      if (name === "region-east" && broken) {
        eastFailed.resolve()
        throw new ChatopsError("ENGINE_FAILED", "east broke")
      }
      if (name === "region-west") await westMayEnd.promise
    }
    const { engine, options, run } = await bench({ changes: createAll, during })
    let reported: unknown
    const running = run().catch(error => (reported = error))
    await eastFailed.promise
    // Everything that could follow from the failure has its turn.
    await setImmediate()
    expect(reported).toBeUndefined()
    westMayEnd.resolve()
    await running
    expect(reported).toMatchObject({ code: "OPERATION_PAUSED", details: { step: "regions", code: "ENGINE_FAILED" } })
    expect([...engine.deployed]).toEqual(["base", "region-west"])

    broken = false
    engine.calls.length = 0
    const left = unfinishedOperation(journalDirectory(options.services))!
    expect(await resumeOperation(left, deploy(), options)).toMatchObject({ outcome: "succeeded" })
    expect(engine.calls).toEqual(["update region-east", "update region-west", "update entry"])
    expect(readJournals(journalDirectory(options.services)).map(({ outcome }) => outcome)).toEqual(["succeeded"])
  })

  it("ends a region that waits for one that failed", async () => {
    const during = async (_verb: string, name: StackName, cancel = new AbortController().signal) => {
      if (name === "region-east") throw new ChatopsError("ENGINE_FAILED", "east broke")
      if (name === "region-west") await once(cancel, "abort").then(() => cancel.throwIfAborted())
    }
    const { engine, run } = await bench({ changes: createAll, during })
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining("east broke") })
    expect([...engine.deployed]).toEqual(["base"])
  })

  it("waits at the verification when the turn fails, with what the chatbot said", async () => {
    const { run } = await bench({ changes: createAll, end: "failed" })
    await expect(run()).rejects.toMatchObject({
      code: "OPERATION_PAUSED",
      message: expect.stringMatching(/at step verify: the turn through .* failed: .*the model refused/),
      details: { step: "verify", code: "VERIFY_FAILED" },
    })
  })

  it("removes a region that is no longer in chatops.yaml, after the entry has stopped sending it users", async () => {
    const deployed = [...everything, "region-north"] as const
    const { engine, run } = await bench({ deployed, changes: { entry: "update" } })
    await run()
    expect(engine.calls).toEqual(["update entry", "destroy region-north"])
  })

  it("refuses to remove the primary, before anything is touched", async () => {
    const { engine, run } = await bench({ deployed: everything, configured: ["west"], primary: "east" })
    await expect(run()).rejects.toMatchObject({ code: "REGION_IS_PRIMARY", details: { region: "east" } })
    expect(engine.calls).toEqual([])
  })

  it("says that it does not move the primary when chatops.yaml prefers another", async () => {
    const { services, run } = await bench({ primary: "west" })
    const plan = await planOf(services)
    expect(plan.notes).toEqual([expect.stringContaining("prefers east, but west is the primary and stays it")])
    expect(await run()).toMatchObject({ outcome: "unchanged" })
  })

  it("ends with the target's own error when something is wrong beforehand", async () => {
    const { engine, services, options } = await bench({ changes: createAll })
    const target = fakeTarget({
      state: fakeState(null),
      validate: () => Promise.reject(new ChatopsError("SECRET_MISSING", "secret openai is not set")),
    })
    const running = runOperation(deploy(), { ...options, services: { ...services, target } })
    await expect(running).rejects.toMatchObject({ code: "SECRET_MISSING" })
    expect(engine.calls).toEqual([])
  })
})
