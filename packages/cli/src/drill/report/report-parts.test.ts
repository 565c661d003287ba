import type { DrillEvent, Fault } from "@chatops/stacks/drill"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sampleEvents, sampleScenario } from "../testing/sample-drill.ts"
import { faultStories } from "./faults.ts"
import { html } from "./html.ts"
import { lanesOf, redundancyOf } from "./lanes.ts"
import { roundStep, scale, ticks } from "./scale.ts"
import { bucketsOf } from "./series.ts"
import { bytes, count, offset, percent, tickTime, time } from "./words.ts"

const events = sampleEvents({ ...sampleScenario.load, turnsPerSecond: 5 })
const kill: Fault = { kind: "kill-region", region: "east" }
const noticed = (
  at: number,
  by: string,
  what: "opened" | "closed" | "claimed" | "promoted",
  epoch: number,
): DrillEvent => ({
  event: "noticed",
  at,
  by,
  what,
  epoch,
})

describe("markup", () => {
  it("keeps every text a text, in elements and in attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), text => {
        const written = html`<a title="${text}">${[text]}</a>`.toString()
        expect(written.replaceAll(/&(amp|lt|gt|quot|#39);/g, "")).toMatch(/^<a title="[^<>"'&]*">[^<>"'&]*<\/a>$/)
      }),
    )
    expect(html`${html`<b>${"<i>"}</b>`}`.toString()).toBe("<b>&lt;i&gt;</b>")
  })
})

describe("buckets", () => {
  it("hold every acknowledgement and every failed attempt of their time once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 9_000 }), width => {
        const buckets = bucketsOf(events, 0, 80_000, width)
        const total = (key: "acknowledged" | "failed") => buckets.reduce((sum, bucket) => sum + bucket[key], 0)
        const found = (name: string) => events.filter(({ event }) => event === name).length
        expect([total("acknowledged"), total("failed")]).toEqual([found("acknowledged"), found("failed")])
        for (const { acknowledged, p95 } of buckets) expect(p95 === null).toBe(acknowledged === 0)
      }),
      { numRuns: 20 },
    )
  })

  it("count a wait from the first attempt, however often it was sent", () => {
    const sent = (at: number, attempt: number): DrillEvent => ({
      event: "sent",
      at,
      due: at,
      request: 1,
      attempt,
      conversation: 1,
      turn: 1,
      streamed: false,
    })
    const done: DrillEvent = {
      event: "acknowledged",
      at: 950,
      request: 1,
      attempt: 1,
      response: "r",
      message: "m",
      region: "east",
    }
    expect(bucketsOf([sent(100, 0), sent(700, 1), done], 0, 1_000, 1_000)[0]?.p95).toBe(850)
  })
})

describe("lanes", () => {
  const stretches = (list: readonly DrillEvent[], region: string) =>
    lanesOf(list, 100)
      .find(lane => lane.region === region)
      ?.stretches.map(({ from, to, state, epoch }) => [from, to, state, epoch])

  it.each<[string, readonly DrillEvent[], string, unknown]>([
    [
      "open until it says that it closed",
      [noticed(0, "east", "opened", 1), noticed(40, "east", "closed", 1)],
      "east",
      [[0, 40, "open", 1]],
    ],
    ["open until the end", [noticed(10, "east", "opened", 3)], "east", [[10, 100, "open", 3]]],
    [
      "open until it is killed, with nobody left to say so",
      [noticed(0, "east", "opened", 1), { event: "fault-made", at: 30, fault: kill }],
      "east",
      [[0, 30, "open", 1]],
    ],
    [
      "open until another one claims a newer epoch",
      [noticed(0, "east", "opened", 1), noticed(50, "west", "claimed", 2)],
      "east",
      [[0, 50, "open", 1]],
    ],
    [
      "open still when another one tells of an older epoch",
      [noticed(0, "east", "opened", 2), noticed(50, "west", "opened", 1)],
      "east",
      [[0, 100, "open", 2]],
    ],
    [
      "taking over from the claim until it opens",
      [noticed(20, "west", "claimed", 2), noticed(30, "west", "promoted", 2), noticed(35, "west", "opened", 2)],
      "west",
      [
        [20, 35, "taking-over", 2],
        [35, 100, "open", 2],
      ],
    ],
  ])("%s", (_, list, region, expected) => {
    expect(stretches(list, region)).toEqual(expected)
  })

  it("show when a second region held everything", () => {
    const found = redundancyOf(events, 75_000).map(({ from, to, region }) => [from, to, region])
    expect(found).toEqual([
      [0, 15_875, "west"],
      [52_250, 75_000, "east"],
    ])
  })
})

describe("the story of a fault", () => {
  it("has its moments in order, and ends with an answer to what was sent after it", () => {
    const [story] = faultStories(events)
    expect(story?.healedAt).toBe(45_000)
    expect(story?.marks.map(({ what }) => what)).toEqual(["suspected", "claimed", "promoted", "opened", "acknowledged"])
    const late: DrillEvent = {
      event: "acknowledged",
      at: 15_001,
      request: 1,
      attempt: 0,
      response: "r",
      message: "m",
      region: "east",
    }
    const marks = faultStories([...events, late].sort((a, b) => a.at - b.at))[0]?.marks
    expect(marks).toEqual(story?.marks)
  })

  it("ends where the next fault begins", () => {
    const again: DrillEvent = { event: "fault-made", at: 15_900, fault: kill }
    const [first, second] = faultStories([...events, again].sort((a, b) => a.at - b.at))
    expect(first?.marks.map(({ what }) => what)).toEqual(["suspected", "claimed"])
    expect(second?.marks.map(({ what }) => what)).toEqual(["promoted", "opened", "acknowledged"])
  })
})

describe("axes", () => {
  it("have round ticks within them, not many more than asked for", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e7, noNaN: true }), fc.integer({ min: 2, max: 12 }), (to, about) => {
        const found = ticks({ from: 0, to }, about)
        expect(found.every(value => value >= 0 && value <= to * 1.000_001)).toBe(true)
        expect(found.length).toBeLessThanOrEqual(about + 2)
        expect(roundStep(to)).toBeGreaterThanOrEqual(to * 0.999)
      }),
    )
  })

  it("keep what is beyond them at their ends", () => {
    const x = scale(0, 10, 100, 200)
    expect([x.at(-5), x.at(0), x.at(5), x.at(15)]).toEqual([100, 100, 150, 200])
  })
})

it.each([
  [time(0.4), "0.4 ms"],
  [time(0), "0 ms"],
  [time(240.4), "240 ms"],
  [time(999.7), "1.00 s"],
  [time(1_848), "1.85 s"],
  [time(30_000), "30.0 s"],
  [time(65_000), "1 min 5 s"],
  [time(120_000), "2 min"],
  [tickTime(500), "500 ms"],
  [tickTime(3_000), "3 s"],
  [offset(15_000.4), "+15.000 s"],
  [count(1_234_567), "1,234,567"],
  [bytes(1_000), "1 KiB"],
  [bytes(100 * 2 ** 20), "100 MiB"],
  [bytes(23.5 * 2 ** 30), "23.5 GiB"],
  [percent(1, 3), "33.33 %"],
  [percent(10, 10), "100 %"],
  [percent(0, 0), "–"],
])("writes %j", (written, wanted) => {
  expect(written).toBe(wanted)
})
