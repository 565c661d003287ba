import { type DrillEvent, type Fault, figuresOf } from "@chatops/stacks/drill"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sampleEvents, sampleScenario } from "../testing/sample-drill.ts"
import { faultStories } from "./faults.ts"
import { html } from "./html.ts"
import { roundStep, scale, ticks } from "./scale.ts"
import { bucketsOf } from "./series.ts"
import { bytes, count, offset, percent, tickTime, time } from "./words.ts"

const events = sampleEvents({ ...sampleScenario.load, turnsPerSecond: 5 })
const kill: Fault = { kind: "kill-region", region: "east" }

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
    const again: DrillEvent = { event: "noticed", at: 16_000, by: "watcher", what: "suspected" }
    const marks = faultStories([again, late, ...events])[0]?.marks
    expect(marks).toEqual(story?.marks)
  })

  it("marks the moments that the figures tell", () => {
    const { acknowledged, claimed, promoted, detected: suspected } = figuresOf(events).recoveries[0]!
    const marks = Object.fromEntries(faultStories(events)[0]!.marks.map(({ what, at }) => [what, at - 15_000]))
    expect(marks).toMatchObject({ suspected, claimed, promoted, acknowledged: expect.closeTo(acknowledged!, 3) })
  })

  it("ends where the next fault begins", () => {
    const again: DrillEvent = { event: "fault-made", at: 15_900, fault: kill }
    const [first, second] = faultStories([again, ...events])
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
