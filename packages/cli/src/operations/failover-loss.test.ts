import { expect, it, onTestFinished, vi } from "vitest"
import { failover, type PrimaryChange } from "./failover.ts"
import { mayBeLost } from "./failover-loss.ts"
import { unfinishedOperation } from "./journal.ts"
import { journalDirectory, resumeOperation } from "./run-operation.ts"
import {
  async,
  bench,
  type Change,
  gone,
  guarded,
  lost,
  nobody,
  registered,
  west,
  withNorth,
} from "./testing/failover-bench.ts"

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
  ["without a lease", state => registered({ lease: null })(lost(state)), "the register keeps no lease"],
  [
    "past a region in sync",
    state => registered({ inSync: { region: "north", incarnation: "n0" } })(gone(state)),
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

it.each([
  ["anew what was answered late, with what would be lost by then", 3_600_000, 0, ["0 turns", "12 turns"]],
  ["anew what was answered late by a clock that was set back meanwhile", 60_000, -3_600_000, ["0 turns", "12 turns"]],
  ["once what was answered soon by a clock that was set forward meanwhile", 1_000, 3_600_000, ["0 turns"]],
])("asks %s", async (_what, took, jump, questions) => {
  const asked: string[] = []
  const { runAny, target } = bench(async, async question => {
    asked.push(question)
    if (asked.length > 1) return false
    const later = await target.inspect(new AbortController().signal)
    const lag = { bytes: 9_000, seconds: 40, turns: 12 }
    Object.assign(target, { inspect: async () => west({ lag })(later) })
    vi.advanceTimersByTime(took)
    vi.setSystemTime(Date.now() + jump)
    return true
  })
  Object.assign(target, { claim: () => Promise.reject(new Error("nobody is to claim")) })
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ["Date", "performance"] })
  const code = questions.length > 1 ? "NOT_CONFIRMED" : "OPERATION_PAUSED"
  await expect(runAny(failover({}))).rejects.toMatchObject({ code })
  expect(asked).toEqual(questions.map(turns => expect.stringContaining(`${turns} as of now`)))
})

it("names who has come further than the region that is asked for, before and in the question", async () => {
  const asked: string[] = []
  const north = withNorth({ lag: { bytes: 1, seconds: 0, turns: 0 } })
  const { run, details, target } = bench(
    state => north(async(state)),
    async question => asked.push(question) > 1,
  )
  await expect(run("west")).rejects.toMatchObject({ code: "NOT_CONFIRMED" })
  const words = "north has come further, and would lose less"
  expect([details, asked]).toEqual([
    expect.arrayContaining([expect.stringContaining(words)]),
    [expect.stringContaining(words)],
  ])
  await expect(run("north")).rejects.toMatchObject({ details: { step: "verify" } })
  expect([target.calls[0], asked[1]]).toEqual(["claim by north", expect.not.stringContaining("further")])
})

it("bounds what may be lost, from when it was asked until the claim was done", () => {
  const plan = { from: "east", to: "west", epoch: 1, planned: false, askedAt: 10_000, lease: 2_000 } as const
  const lacks = { lag: { bytes: 1, seconds: 1, turns: 4 }, replayed: null }
  expect(mayBeLost({ ...plan, claim: "forced", lacks }, 3_000)).toEqual({ turns: 4, seconds: 4.5 })
  expect(mayBeLost({ ...plan, claim: "forced", lacks }, null)).toEqual({ turns: 4, seconds: null })
  expect(mayBeLost({ ...plan, claim: "async", lacks: null }, 3_000)).toEqual({ turns: null, seconds: null })
  expect(mayBeLost({ ...plan, claim: "in-sync", lacks: null }, 3_000)).toBeNull()
})

/** What was kept of a change of primary, though the turn afterwards failed. */
const kept = ({ services }: ReturnType<typeof bench>) =>
  (unfinishedOperation(journalDirectory(services))?.outputs["claim"] as PrimaryChange | undefined)?.mayBeLost

it.each([
  ["back", -3_600_000],
  ["forward", 86_400_000],
])("bounds it by no clock that is set %s between the question and the claim", async (_what, jump) => {
  vi.useFakeTimers({ toFake: ["Date"] })
  onTestFinished(() => void vi.useRealTimers())
  const made = bench(async, async () => true)
  const { claim } = made.target
  const jumps: typeof claim = (...asked) => {
    vi.setSystemTime(Date.now() + jump)
    return claim(...asked)
  }
  Object.assign(made.target, { claim: jumps })
  await expect(made.run()).rejects.toMatchObject({ details: { step: "verify" } })
  expect(kept(made)?.seconds).toBeGreaterThanOrEqual(0.5)
  expect(kept(made)?.seconds).toBeLessThan(60)
})

it.each([
  ["bounds by the clock what another process asked before it died", 10_000, 10.5],
  ["says that nobody can say, where that clock was set back meanwhile", -3_600_000, null],
])("%s", async (_what, passed, seconds) => {
  vi.useFakeTimers({ toFake: ["Date"] })
  onTestFinished(() => void vi.useRealTimers())
  const made = bench(async, async () => true)
  const { claim } = made.target
  // The place is west's, and nobody was told.
  Object.assign(made.target, {
    claim: (...asked: Parameters<typeof claim>) => claim(...asked).then(() => Promise.reject(new Error("no answer"))),
  })
  await expect(made.run()).rejects.toMatchObject({ details: { step: "claim" } })
  Object.assign(made.target, { claim })
  vi.setSystemTime(Date.now() + passed)
  const left = unfinishedOperation(journalDirectory(made.services))!
  await expect(resumeOperation(left, failover({}), made.options)).rejects.toMatchObject({ details: { step: "verify" } })
  expect(kept(made)).toEqual({ turns: 0, seconds })
})
