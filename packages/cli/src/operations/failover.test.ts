import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { expect, it, onTestFinished, vi } from "vitest"
import { explainChange } from "./explain-operation.ts"
import { failback, failover } from "./failover.ts"
import { mayBeLost } from "./failover-loss.ts"
import type { Operation, StepContext } from "./operation.ts"
import { runOperation } from "./run-operation.ts"
import { fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"

type Change = (state: EnvironmentState) => EnvironmentState
const asItIs: Change = state => state

/** East is primary, west in sync with it. */
function guarded(): EnvironmentState {
  const state = fakeState("east")
  const register = { ...state.witness.register!, durability: "zero-loss" as const }
  return {
    ...state,
    witness: { ...state.witness, register: { ...register, inSync: { region: "west", incarnation: "w0" } } },
  }
}

function bench(change: Change, confirm = async () => false) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-failover-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const target = fakeTarget({ state: change(guarded()) })
  const services = fakeServices(directory, { target, regions: ["east", "west"], confirm })
  const options = { services, signal: new AbortController().signal, listen: () => {} }
  const runAny = (operation: Operation) => runOperation(operation, options)
  return { target, services, directory, runAny, run: (to?: string) => runAny(failover(to === undefined ? {} : { to })) }
}

const witness =
  (part: Partial<EnvironmentState["witness"]>): Change =>
  state => ({ ...state, witness: { ...state.witness, ...part } })
const west =
  (part: Partial<EnvironmentState["regions"][number]>): Change =>
  state => ({
    ...state,
    regions: state.regions.map(region => (region.name === "west" ? { ...region, ...part } : region)),
  })
const nobody: Change = state => witness({ register: { ...state.witness.register!, inSync: null } })(state)

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

it("names the way out where the region is only not in sync: the primary works along, or the one in sync goes", async () => {
  const third: Change = state => {
    const north = { ...state.regions.find(({ name }) => name === "west")!, name: "north", streaming: true }
    return { ...state, regions: [...state.regions, north] }
  }
  const hintOf = (change: Change) =>
    bench(change)
      .run("north")
      .catch((error: { hint: string }) => error.hint)
  const planned = "`chatops failover --planned --to north` brings north into sync first."
  expect(await hintOf(third)).toBe(`${planned} Without \`--planned\`, west can take over now: \`chatops failover\`.`)
  expect(await hintOf(state => nobody(third(state)))).toBe(planned)
  const isDead: Change = state => ({
    ...state,
    regions: state.regions.map(region => (region.name === "east" ? { ...region, reachable: false } : region)),
  })
  expect(await hintOf(state => isDead(third(state)))).not.toContain("--planned")
})

const gone: Change = state => ({
  ...state,
  regions: state.regions.map(region =>
    region.name === "east" ? { ...region, reachable: false, role: "unknown" as const, detail: "not running" } : region,
  ),
})
const unlagged: Change = west({ lag: null })
const lost: Change = state => unlagged(gone(nobody(state)))

it("names force as the last way out, once the primary is gone and nobody holds everything", async () => {
  const hintOf = (change: Change, choice = {}) =>
    bench(change)
      .runAny(failover(choice))
      .catch((error: { hint: string }) => error.hint)
  expect(await hintOf(lost)).toMatch(/As the last way out, `chatops failover --force --to west` gives up what west/)
  expect(await hintOf(nobody)).toBe("`chatops failover --planned --to west` brings west into sync first.")
  expect(await hintOf(nobody, { force: true })).toMatch(/--planned --to west/)
  expect(await hintOf(state => lost(west({ database: "stopped" })(state)))).not.toContain("--force")
})

it.each([
  ["while the primary works", nobody, "east serves: no turn has to be lost"],
  [
    "without a lease",
    (state => witness({ register: { ...lost(state).witness.register!, lease: null } })(lost(state))) as Change,
    "the register keeps no lease",
  ],
  [
    "past a region in sync",
    (state => {
      const register = { ...state.witness.register!, inSync: { region: "north", incarnation: "n0" } }
      return witness({ register })(gone(state))
    }) as Change,
    "north is in sync with east",
  ],
] as [string, Change, string][])("forces nobody %s", async (_what, change, message) => {
  const { runAny, target } = bench(change, async () => true)
  await expect(runAny(failover({ force: true, to: "west" }))).rejects.toMatchObject({
    code: "FAILOVER_IMPOSSIBLE",
    message: expect.stringContaining(message),
  })
  expect(target.calls).toEqual([])
})

it.each([
  [
    "by force",
    lost,
    { force: true },
    "forced claim by west",
    /by force, without a region in sync: what was acknowledged after 2026-01-01T00:00:00.000Z is lost where west did not receive it; what east acknowledges until its lease ends, 2\.0 s at most, is lost as well\.$/,
  ],
  [
    "under async",
    state => async(state),
    {},
    "claim by west",
    /under async: what was acknowledged in the last 0\.5 s is lost, 0 turns as of now; what east acknowledges until its lease ends/,
  ],
] as [string, Change, object, string, RegExp][])(
  "%s says what may be lost before it claims, and keeps it",
  async (_what, change, choice, call, question) => {
    const asked: string[] = []
    const { runAny, target } = bench(change, async (...[text]: string[]) => {
      asked.push(text ?? "")
      return asked.length > 1
    })
    await expect(runAny(failover(choice))).rejects.toMatchObject({ code: "NOT_CONFIRMED" })
    expect(asked[0]).toMatch(question)
    expect(target.calls).toEqual([])
    const failure = await runAny(failover(choice)).catch(error => error)
    expect(failure).toMatchObject({ details: { step: "verify" } })
    expect(target.calls[0]).toBe(call)
  },
)

it("forces nobody any more whose primary came back while the question was open", async () => {
  const { runAny, target, services } = bench(lost, async () => true)
  const before = target.inspect
  Object.assign(services, {
    confirm: async () => {
      const state = nobody(guarded())
      Object.assign(target, { inspect: async () => state })
      return true
    },
  })
  await expect(runAny(failover({ force: true }))).rejects.toMatchObject({
    details: { step: "claim", code: "FAILOVER_IMPOSSIBLE" },
  })
  expect(target.calls).toEqual([])
  Object.assign(target, { inspect: before })
})

it("asks anew what was answered late, with what would be lost by then", async () => {
  const asked: string[] = []
  const { runAny, target } = bench(
    state => async(state),
    async (...[text]: string[]) => {
      asked.push(text ?? "")
      if (asked.length > 1) return false
      const later = await target.inspect(new AbortController().signal)
      const lag = { bytes: 9_000, seconds: 40, turns: 12 }
      Object.assign(target, { inspect: async () => west({ lag })(later) })
      vi.setSystemTime(Date.now() + 3_600_000)
      return true
    },
  )
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ["Date"] })
  await expect(runAny(failover({}))).rejects.toMatchObject({ code: "NOT_CONFIRMED" })
  expect(asked).toEqual([expect.stringContaining("0 turns as of now"), expect.stringContaining("12 turns as of now")])
  expect(target.calls).toEqual([])
})

it("bounds what may be lost, from when it was asked until the claim was done", () => {
  const plan = { from: "east", to: "west", epoch: 1, planned: false, askedAt: 10_000, lease: 2_000 } as const
  const lacks = { lag: { bytes: 1, seconds: 1, turns: 4 }, replayed: null }
  expect(mayBeLost({ ...plan, claim: "forced", lacks }, 13_000)).toEqual({ turns: 4, seconds: 4.5 })
  expect(mayBeLost({ ...plan, claim: "async", lacks: null }, 13_000)).toEqual({ turns: null, seconds: null })
  expect(mayBeLost({ ...plan, claim: "in-sync", lacks: null }, 13_000)).toBeNull()
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
    const register = { ...state.witness.register!, onLoss: "block" as const }
    const regions = state.regions.map(region => (region.name === "east" ? { ...region, reachable: false } : region))
    return { ...state, regions, witness: { ...state.witness, register } }
  }
  const { run } = bench(block, async () => true)
  await expect(run()).rejects.toMatchObject({
    message: expect.stringMatching(/west is the primary, and refuses turns until a second region is in sync/),
    details: { step: "verify", code: "VERIFY_FAILED" },
  })
})

it("under block sends a turn only once turns are let in, a moment after another region is in sync", async () => {
  const block: Change = state => witness({ register: { ...state.witness.register!, onLoss: "block" } })(state)
  const { run, target } = bench(block, async () => true)
  let closedFor = 8
  const opening = async (signal: AbortSignal) => {
    const state = await fake.inspect(signal)
    if (state.witness.register?.primary !== "west") return state
    const register = { ...state.witness.register, inSync: { region: "east", incarnation: "e1" } }
    const isClosed = closedFor-- > 0
    if (!isClosed) target.calls.push("open")
    return west(isClosed ? { role: "unknown" } : {})(witness({ register })(state))
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
  const register = { ...state.witness.register!, primary: "west", inSync: { region: "east", incarnation: "e0" } }
  const regions = state.regions.map(region => ({
    ...region,
    role: region.name === "west" ? ("primary" as const) : ("standby" as const),
    streaming: region.name === "east",
  }))
  return { ...state, regions, witness: { ...state.witness, register } }
}

const async: Change = state =>
  witness({ register: { ...state.witness.register!, durability: "async", inSync: null } })(state)

it.each([
  ["to the region in sync", asItIs],
  ["under async, to the one that streams", async],
] as [string, Change][])("as planned asks the primary to leave its place %s", async (_what, change) => {
  const { runAny, target } = bench(change, async () => true)
  await expect(runAny(failover({ planned: true }))).rejects.toMatchObject({ details: { step: "verify" } })
  expect(target.calls[0]).toBe("east hands over to west")
})

it("as planned is refused while the primary is not well: it could not work along", async () => {
  const dead: Change = state => ({
    ...state,
    regions: state.regions.map(region =>
      region.name === "east"
        ? { ...region, reachable: false, role: "unknown" as const, detail: "not running" }
        : region,
    ),
  })
  const { runAny, target } = bench(dead, async () => true)
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
