import { type DrillEvent, figuresOf } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { isMet } from "../figure.ts"
import { joinFigures } from "./join.ts"
import type { StandbyDrill } from "./standby-drills.ts"
import { lossFigures } from "./swap.ts"
import { answeredFrom, failedAt, inOrder } from "./testing/turn-events.ts"

const [lostAt, backAt, endsAt] = [2_000, 4_000, 8_000]
const inSync = (at: number): DrillEvent => ({ event: "noticed", at, by: "east", what: "in-sync" })

type Pause = readonly [from: number, milliseconds: number]

/** 250 turns a second, but for these pauses. */
function drill(pauses: readonly Pause[], ...more: DrillEvent[]): StandbyDrill {
  const isPause = (at: number) => pauses.some(([from, milliseconds]) => at > from && at < from + milliseconds)
  const turns = answeredFrom(4, endsAt, 4).filter(({ at }) => !isPause(at))
  const events = inOrder(turns, ...more)
  return { events, figures: figuresOf(events), lostAt, backAt, endsAt }
}

const told = (figures: ReturnType<typeof joinFigures>) =>
  Object.fromEntries(figures.map(figure => [figure.name.replace(/^[^:]*: /, ""), [figure.value, isMet(figure)]]))
const joined = (...drills: StandbyDrill[]) => told(joinFigures("join", 5, drills))
const lost = (...drills: StandbyDrill[]) => told(lossFigures(5, drills))

const loss: Pause = [2_000, 1_200]
const five = (...pauses: number[]) => pauses.map(pause => drill([loss, [6_000, pause]], inSync(6_100)))

it("measures the pause in which a standby joins, and not the one in which it was let go", () => {
  expect(joined(...five(200, 220, 240, 260, 280))).toMatchObject({
    "made under 200 turns/s": [5, true],
    "writes paused, median of 5": [240, undefined],
    "writes paused, worst": [280, true],
    "turns acknowledged per second": [expect.closeTo(235, 0), true],
  })
  expect(joined(...five(200, 220, 240, 260, 320))).toMatchObject({ "writes paused, worst": [320, false] })
})

it("misses a standby that did not join while users were there", () => {
  const others = five(200, 200, 200, 200)
  expect(joined(...others, drill([loss]))).toMatchObject({ "made under 200 turns/s": [4, false] })
  expect(joined(...others, drill([loss], inSync(3_500)))).toMatchObject({ "made under 200 turns/s": [4, false] })
  expect(joined(...others, drill([loss], inSync(8_500)))).toMatchObject({ "made under 200 turns/s": [4, false] })
  expect(joined()).toMatchObject({
    "made under 200 turns/s": [0, false],
    "writes paused, worst": [Number.NaN, false],
    "turns acknowledged per second": [Number.NaN, false],
  })
})

it("tells of a pause that came with the standby and was not the join", () => {
  const given = drill([loss, [4_100, 1_500], [6_000, 100]], inSync(6_050))
  expect(joined(given)).toMatchObject({
    "writes paused, worst": [100, true],
    "writes paused, worst at any time after its return": [1_500, undefined],
  })
})

it("counts attempts that failed from the standby's return on, however often they were repeated", () => {
  const [quiet = drill([])] = five(200)
  const failing = drill([loss, [6_000, 200]], inSync(6_100), failedAt(2_010), failedAt(6_050), failedAt(8_500))
  expect(joined(quiet)).toMatchObject({ "requests that failed, were they repeated or not": [0, true] })
  expect(joined(failing)).toMatchObject({
    "requests that failed, were they repeated or not": [2, false],
    "requests that failed while it was away": [1, undefined],
  })
})

it("counts requests that users gave up in any part of the drill", () => {
  const asked: DrillEvent = {
    ...{ event: "sent", at: 2_001, due: 2_001, request: 2_001, attempt: 0, conversation: 2, turn: 1, streamed: false },
  }
  const givenUp = drill([loss], asked, { ...failedAt(2_001, "timeout"), again: false })
  expect(joined(givenUp)).toMatchObject({ "requests never acknowledged": [1, false] })
})

it("misses a rate that was not reached", () => {
  const slow = answeredFrom(4, endsAt, 6)
  const drills = [{ events: slow, figures: figuresOf(slow), lostAt, backAt, endsAt }]
  expect(joined(...drills)).toMatchObject({ "turns acknowledged per second": [expect.closeTo(167, 0), false] })
})

it("measures a swap after a loss from the loss on, without a limit for the pause", () => {
  const swap = drill(
    [
      [2_000, 1_300],
      [6_000, 1_800],
    ],
    inSync(3_250),
    failedAt(2_500),
  )
  expect(lost(swap)).toMatchObject({
    "made under 200 turns/s": [1, false],
    "writes paused, worst": [1_300, undefined],
    "requests that failed, were they repeated or not": [1, false],
  })
  // It came back before it was lost, or nobody took its place.
  expect(lost(drill([[2_000, 1_300]], inSync(6_000)))).toMatchObject({ "made under 200 turns/s": [0, false] })
})
