import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ChatopsError } from "@chatops/stacks/errors"
import { expect, it } from "vitest"
import { explainChange } from "./explain-operation.ts"
import { failback, failover } from "./failover.ts"
import type { FailoverChoice } from "./failover-preflight.ts"
import type { Operation, StepContext } from "./operation.ts"
import {
  asItIs,
  async,
  bench,
  type Change,
  gone,
  lost,
  nobody,
  region,
  registered,
  west,
  withNorth,
  witness,
} from "./testing/failover-bench.ts"

it.each([
  ["while no region is in sync", nobody, undefined, "FAILOVER_IMPOSSIBLE", "no region is in sync with east at epoch 1"],
  [
    "to a region that is not in sync",
    nobody,
    "west",
    "FAILOVER_IMPOSSIBLE",
    "no region is in sync with east: west may lack",
  ],
  [
    "to one that does not answer",
    west({ reachable: false, detail: "not running" }),
    undefined,
    "FAILOVER_IMPOSSIBLE",
    "not running",
  ],
  ["to one whose database is down", west({ database: "stopped" }), undefined, "FAILOVER_IMPOSSIBLE", "is stopped"],
  [
    "to one without a replica",
    west({ replicas: [] }),
    undefined,
    "FAILOVER_IMPOSSIBLE",
    "no replica of west is running",
  ],
  [
    "without the witness",
    witness({ healthy: false, detail: "not running" }),
    undefined,
    "WITNESS_UNREACHABLE",
    "not running",
  ],
  ["of what is not deployed", state => ({ ...state, deployed: false }), undefined, "NOT_DEPLOYED", "is not deployed"],
] as [string, Change, string | undefined, string, string][])(
  "is refused %s, and asks nobody",
  async (_what, change, to, code, message) => {
    const { run, target, services } = bench(change, async () => true)
    await expect(run(to)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect([target.calls, services.recorded]).toEqual([[], []])
  },
)

const only: Change = state => {
  const { regions, ...rest } = nobody(state)
  return { ...rest, regions: regions.filter(({ name }) => name === "east") }
}

it.each([
  ["", {}, only],
  ["planned", { planned: true }, only],
  ["by force", { force: true }, state => only(gone(state))],
  ["under async", {}, state => only(async(state))],
] as [string, FailoverChoice, Change][])(
  "is refused from the only region, and says how to have another: %s",
  async (_what, choice, change) => {
    const { runAny, target } = bench(change, async () => true)
    await expect(runAny(failover(choice))).rejects.toMatchObject({
      code: "FAILOVER_IMPOSSIBLE",
      message: "east is the only region: there is no other to take over",
      hint: expect.stringContaining("Add a region to chatops.yaml"),
    })
    // It has nowhere to go back from.
    expect(await runAny(failback())).toMatchObject({ outcome: "unchanged" })
    expect(target.calls).toEqual([])
  },
)

it("does not go as planned to a region that could not carry everybody, and else warns of it", async () => {
  const connections = { most: 1, wanted: 9 }
  const fitness = { lookedAt: 1, connections, keys: 0, before: null, unreplayed: 0, missingSecrets: [], models: [] }
  const message = "the database of west takes 1 sessions, and all replicas may open 9"
  const { runAny, run, target, details } = bench(west({ fitness }), async () => true)
  await expect(runAny(failover({ planned: true }))).rejects.toMatchObject({ code: "FAILOVER_IMPOSSIBLE", message })
  expect(target.calls).toEqual([])
  await expect(run()).rejects.toMatchObject({ details: { step: "verify" } })
  expect(details).toContain(message)
})

it.each([
  ["", {}],
  ["planned", { planned: true }],
])("is refused to a region that does not reach the witness: %s", async (_what, choice) => {
  const { runAny, target } = bench(west({ witnessAnswers: false }), async () => true)
  await expect(runAny(failover(choice))).rejects.toMatchObject({
    code: "FAILOVER_IMPOSSIBLE",
    message: "west does not reach the witness",
  })
  expect(target.calls).toEqual([])
})

it("names the way out where the region is only not in sync: the primary works along, or the one in sync goes", async () => {
  const third = withNorth()
  const hintOf = (change: Change) =>
    bench(change)
      .run("north")
      .catch((error: { hint: string }) => error.hint)
  const planned = "`chatops failover --planned --to north` brings north into sync first."
  expect(await hintOf(third)).toBe(`${planned} Without \`--planned\`, west can take over now: \`chatops failover\`.`)
  expect(await hintOf(state => nobody(third(state)))).toBe(planned)
  expect(await hintOf(state => region("east", { reachable: false })(third(state)))).not.toContain("--planned")
})

it("changes nothing when a person says no, or when it is there already", async () => {
  const { run, target, services } = bench(asItIs)
  await expect(run()).rejects.toMatchObject({ code: "NOT_CONFIRMED" })
  expect(await run("east")).toMatchObject({
    outcome: "unchanged",
    outputs: { preflight: { from: "east", to: "east" } },
  })
  expect([target.calls, services.recorded]).toEqual([[], []])
})

it("leaves no operation behind where the primary could not leave its place, and serves on", async () => {
  const { runAny, target } = bench(asItIs, async () => true)
  const refused = new ChatopsError("HANDOVER_REFUSED", "east cannot leave the primary's place to west now")
  Object.assign(target, { handOver: () => Promise.reject(refused) })
  await expect(runAny(failover({ planned: true }))).rejects.toMatchObject({ code: "HANDOVER_REFUSED" })
  await expect(runAny(failback())).resolves.toMatchObject({ outcome: "unchanged" })
})

it("under block says that turns are refused until a second region is back, and pauses", async () => {
  const block: Change = state => {
    return registered({ onLoss: "block" })(region("east", { reachable: false })(state))
  }
  const { run } = bench(block, async () => true)
  await expect(run()).rejects.toMatchObject({
    message: expect.stringMatching(/west is the primary, and refuses turns until a second region is in sync/),
    details: { step: "verify", code: "VERIFY_FAILED" },
  })
})

it("under block sends a turn only once turns are let in, a moment after another region is in sync", async () => {
  const { run, target } = bench(registered({ onLoss: "block" }), async () => true)
  let closedFor = 8
  const opening = async (signal: AbortSignal) => {
    const state = await fake.inspect(signal)
    if (state.witness.register?.primary !== "west") return state
    const isClosed = closedFor-- > 0
    if (!isClosed) target.calls.push("open")
    const inSync = registered({ inSync: { region: "east", incarnation: "e1" } })
    return west(isClosed ? { role: "unknown" } : {})(inSync(state))
  }
  const fake = { ...target }
  Object.assign(target, { inspect: opening })
  await expect(run()).rejects.toMatchObject({ details: { code: "VERIFY_FAILED" } })
  expect(target.calls.slice(0, 2)).toEqual(["claim by west", "open"])
  expect(target.calls.findIndex(call => call.startsWith("token"))).toBeGreaterThan(1)
})

it("claims for the region in sync, and pauses where the turn afterwards fails", async () => {
  const { run, target } = bench(asItIs, async () => true)
  await expect(run()).rejects.toMatchObject({
    code: "OPERATION_PAUSED",
    details: { step: "verify", code: "VERIFY_FAILED" },
  })
  expect(target.calls[0]).toBe("claim by west")
})

const westIsPrimary: Change = state => {
  const regions = state.regions.map(region => ({
    ...region,
    role: region.name === "west" ? ("primary" as const) : ("standby" as const),
    streaming: region.name === "east",
  }))
  const inSync = { region: "east", incarnation: "e0" }
  return { ...registered({ primary: "west", inSync })(state), regions }
}

it.each([
  ["to the region in sync", asItIs],
  ["under async, to the one that streams", async],
] as [string, Change][])("as planned asks the primary to leave its place %s", async (_what, change) => {
  const { runAny, target } = bench(change, async () => true)
  await expect(runAny(failover({ planned: true }))).rejects.toMatchObject({ details: { step: "verify" } })
  expect(target.calls[0]).toBe("east hands over to west")
})

it("as planned is refused while the primary is not well: it could not work along", async () => {
  const { runAny, target } = bench(gone, async () => true)
  await expect(runAny(failover({ planned: true }))).rejects.toMatchObject({
    code: "FAILOVER_IMPOSSIBLE",
    message: "east is not well: not running",
  })
  expect(target.calls).toEqual([])
})

it("goes back to the preferred primary as planned, and only when every region is well", async () => {
  const there = bench(asItIs, async () => true)
  expect(await there.runAny(failback())).toMatchObject({ outcome: "unchanged" })
  const back = bench(westIsPrimary, async () => true)
  await expect(back.runAny(failback())).rejects.toMatchObject({ details: { step: "verify" } })
  expect(back.target.calls[0]).toBe("west hands over to east")
  const unwell: Change = state => {
    const { regions, ...rest } = westIsPrimary(state)
    const copying = { healthy: false, detail: "copying" }
    return { ...rest, regions: regions.map(each => (each.name === "east" ? { ...each, ...copying } : each)) }
  }
  const early = bench(unwell, async () => true)
  await expect(early.runAny(failback())).rejects.toMatchObject({
    code: "FAILOVER_IMPOSSIBLE",
    message: "redundancy is not whole yet: east: copying",
  })
  expect(early.target.calls).toEqual([])
})

it("has receivers told of it, once however often it is recorded", async () => {
  const { services, directory } = bench(asItIs)
  Object.assign(services.environment.config, { notify: [{ url: "https://example.com/hook" }] })
  const record = failover({}).steps.find(({ name }) => name === "record")
  const claimed = {
    name: "claim",
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 250,
    summary: "",
    harmless: false,
  }
  const mayBeLost = { turns: null, seconds: 3 }
  const output = { from: "east", to: "west", epoch: 2, planned: false, milliseconds: 250, claim: "forced", mayBeLost }
  const context = { ...services, finished: [claimed], output: () => output } as unknown as StepContext
  await record?.run(context)
  await record?.run(context)
  const outbox = join(directory, "outbox")
  const messages = readdirSync(outbox).map(name => JSON.parse(readFileSync(join(outbox, name), "utf8")))
  expect(messages).toMatchObject([
    {
      url: "https://example.com/hook",
      event: {
        type: "failover.finished",
        timestamp: "2026-01-01T00:00:00.250Z",
        data: { app: "bot", environment: "local", by: expect.stringContaining("@"), ...output },
      },
    },
  ])
})

it("explains every step that changes something, and whether it would be begun, and does nothing", async () => {
  const explain = ({ services }: ReturnType<typeof bench>, operation: Operation, choice = {}) =>
    explainChange(operation, choice, services, words => `chatops ${words}`, new AbortController().signal)
  const well = bench(asItIs)
  const told = await explain(well, failover({}))
  expect(told).toMatchObject({ from: "east", to: "west", possible: true, refusal: null })
  expect(told.steps.map(({ name }) => name)).toEqual(["preflight", "claim", "verify", "record", "rebuild"])
  expect(told.steps.find(({ name }) => name === "claim")?.byHand[0]).toBe("claim west")
  const planned = await explain(well, failover({ planned: true }), { planned: true })
  expect(planned.steps.find(({ name }) => name === "hand over")?.byHand).toEqual(["east to west"])
  const alone = await explain(bench(nobody), failover({}))
  expect(alone).toMatchObject({ to: "west", possible: false, refusal: { code: "FAILOVER_IMPOSSIBLE" } })
  const forced = await explain(bench(lost), failover({ force: true }), { force: true })
  const claim = forced.steps.find(({ name }) => name === "claim")
  expect(claim?.does).toMatch(/though it is not in sync: .* waits until the lease of east, 2 s, has surely run out/)
  expect(claim?.byHand[0]).toBe("force west")
  expect(well.target.calls).toEqual([])
})
