import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { DrillEvent } from "./drill-event.ts"
import { DrillFigures } from "./drill-figures.ts"
import { figuresOf } from "./figures-of.ts"
import { correctHistory } from "./testing/correct-history.ts"

const fault = { kind: "kill-region", region: "east" } as const

describe("the figures of any history", () => {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0)

  it("add up", () => {
    fc.assert(
      fc.property(correctHistory, fc.nat(2_000), (events, unfinished) => {
        // Some end in the middle.
        const cut = unfinished < events.length ? events.slice(0, unfinished) : events
        const { turns, requests, streams } = DrillFigures.parse(figuresOf(cut))
        const open = new Set(cut.flatMap(event => (event.event === "sent" ? event.request : [])))
        for (const event of cut)
          if (event.event === "acknowledged" || (event.event === "failed" && !event.again)) open.delete(event.request)
        expect(turns.acknowledged + requests.failed + open.size).toBe(turns.requested)
        const attempts = cut.filter(({ event }) => event === "sent").length
        expect(requests.attempts).toBe(attempts)
        expect(turns.acknowledged + sum(requests.failedAttempts) + open.size).toBeGreaterThanOrEqual(attempts)
        expect(requests.latency?.count ?? 0).toBe(turns.acknowledged)
        expect(requests.lateness?.count ?? 0).toBe(attempts)
        expect(streams.completed + streams.broken).toBeLessThanOrEqual(streams.begun)
        expect(streams.retried + streams.resumed).toBeLessThanOrEqual(streams.broken)
      }),
    )
  })

  it("are those of its parts", () => {
    fc.assert(
      fc.property(correctHistory, fc.nat(4_000), (events, middle) => {
        const all = figuresOf(events)
        const former = figuresOf(events, { from: 0, to: middle })
        const latter = figuresOf(events, { from: middle, to: 1e9 })
        for (const key of ["requested", "acknowledged", "unknown"] as const)
          expect(former.turns[key] + latter.turns[key]).toBe(all.turns[key])
        for (const key of ["begun", "completed", "broken", "retried"] as const)
          expect(former.streams[key] + latter.streams[key]).toBe(all.streams[key])
        expect(former.requests.attempts + latter.requests.attempts).toBe(all.requests.attempts)
        expect(Math.max(former.longestPause, latter.longestPause)).toBeLessThanOrEqual(all.longestPause)
      }),
    )
  })

  it("have distributions whose shares occur and grow", () => {
    fc.assert(
      fc.property(correctHistory, events => {
        const { latency } = figuresOf(events).requests
        if (latency === null) return
        const { p50, p95, p99, max } = latency
        expect([p50, p95, p99, max].toSorted((a, b) => a - b)).toEqual([p50, p95, p99, max])
      }),
    )
  })
})

/** A request that is answered after so long, or never; numbered by the moment at which it is sent. */
function asked(at: number, latency?: number): DrillEvent[] {
  const request = at + 1
  const ids = { response: `resp_${request}`, message: `msg_${request}`, region: "east" }
  const sent = { event: "sent", at, due: at, request, attempt: 0, conversation: 1, turn: 1, streamed: false } as const
  if (latency === undefined) return [sent]
  return [
    sent,
    { event: "first-byte", at: at + latency / 2, request, attempt: 0 },
    { event: "acknowledged", at: at + latency, request, attempt: 0, ...ids },
  ]
}

/** One request every ten milliseconds. */
const steady = (from: number, to: number, latency = 4): DrillEvent[] =>
  Array.from({ length: (to - from) / 10 }, (_, index) => asked(from + index * 10, latency)).flat()

const made = (at: number): DrillEvent => ({ event: "fault-made", at, fault })
const ordered = (...events: (DrillEvent | DrillEvent[])[]) => events.flat().sort((a, b) => a.at - b.at)

describe("the recovery time of a fault", () => {
  const recoveryOf = (...events: (DrillEvent | DrillEvent[])[]) => figuresOf(ordered(...events)).recoveries[0]
  const cases: Record<string, { events: (DrillEvent | DrillEvent[])[]; rto: number | null }> = {
    "is what an answer takes where nothing was interrupted": {
      events: [steady(0, 1_000), made(505), steady(1_000, 2_000)],
      rto: 4,
    },
    "is no longer for long answers where nothing was interrupted": {
      events: [steady(0, 2_000, 604), made(1_005)],
      rto: 10,
    },
    "lasts from the fault to the first turn acknowledged after it": {
      events: [steady(0, 500), made(505), asked(510, 1_500), asked(520, 1_200), steady(1_800, 3_000)],
      rto: 1_210,
    },
    "counts a late effect in full": {
      events: [steady(0, 600), made(500), asked(610, 1_500), steady(2_200, 3_000)],
      rto: 1_500,
    },
    "begins with the first request where nobody waited before": {
      events: [made(100), asked(1_000, 300)],
      rto: 300,
    },
    "contains what healing costs": {
      events: [steady(0, 500), made(505), asked(510, 300), { event: "fault-healed", at: 900, fault }, asked(901, 700)],
      rto: 700,
    },
    "of one fault ends with the next, but for a pause that goes on": {
      events: [made(0), asked(1, 50), asked(100, 2_000), made(500), asked(3_000, 5_000)],
      rto: 2_000,
    },
    "is none where nobody was answered": { events: [steady(0, 500), made(505), asked(510)], rto: null },
    "is none where only those who had asked before were answered": { events: [asked(0, 800), made(505)], rto: null },
    "is none where the service goes away for good a little later": {
      events: [made(5), steady(10, 500), asked(510), asked(5_000)],
      rto: null,
    },
    "is that of the recovery where only the end of the record is cut": {
      events: [made(5), asked(10, 1_000), asked(1_005), asked(1_006)],
      rto: 1_000,
    },
  }
  for (const [name, { events, rto }] of Object.entries(cases))
    it(name, () => expect(recoveryOf(...events)).toMatchObject({ rto }))

  it("goes on when all users have given up, until one is answered again", () => {
    const gone: DrillEvent = { event: "failed", at: 700, request: 511, attempt: 0, how: "timeout", again: false }
    expect(recoveryOf(steady(0, 500), made(505), asked(510), gone, asked(1_000, 200))).toMatchObject({ rto: 690 })
    expect(recoveryOf(made(505), asked(510), gone, asked(490, 200))).toMatchObject({ rto: null })
  })

  it("is not the time to the first acknowledgement of what was asked for after it, which may be shorter or longer", () => {
    const soonAndThenLate = [steady(0, 500), made(505), asked(510, 20), asked(540, 1_000), steady(1_600, 3_000)]
    expect(recoveryOf(...soonAndThenLate)).toMatchObject({ acknowledged: 25, rto: 1_000 })
    // An answer that was on its way already ends a pause, and is none to what was asked afterwards.
    const underWay = [asked(490, 100), made(505), asked(510, 200)]
    expect(recoveryOf(...underWay)).toMatchObject({ acknowledged: 205, rto: 120 })
    expect(recoveryOf(asked(490, 100), made(505), asked(510))).toMatchObject({ acknowledged: null, firstByte: null })
  })

  it("has the parts that were noticed, each until the next fault", () => {
    const by = "west"
    const noticed: DrillEvent[] = [
      { event: "noticed", at: 90, by: "watcher", what: "suspected" },
      { event: "noticed", at: 510, by: "drill", what: "suspected" },
      { event: "noticed", at: 520, by: "watcher", what: "suspected" },
      { event: "noticed", at: 810, by: "drill", what: "suspected" },
      { event: "noticed", at: 600, by, what: "claimed", epoch: 2 },
      { event: "noticed", at: 900, by, what: "promoted", epoch: 2 },
    ]
    const events = ordered(steady(0, 500), made(505), asked(510, 800), made(800), noticed)
    expect(figuresOf(events).recoveries).toMatchObject([
      { fault: "kill-region", regions: ["east"], at: 505, detected: 15, claimed: 95, promoted: null, firstByte: 405 },
      { fault: "kill-region", regions: ["east"], at: 800, detected: null, claimed: null, promoted: 100 },
    ])
  })
})

it("counts streams that broke by what became of them", () => {
  const sent = (at: number, attempt: number, resumes?: number): DrillEvent => ({
    ...{ event: "sent", at, due: at, request: 1, attempt, conversation: 1, turn: 1, streamed: true },
    ...(resumes !== undefined && { resumes }),
  })
  const begun = (at: number, attempt: number): DrillEvent => ({ event: "first-byte", at, request: 1, attempt })
  const failed = (at: number, attempt: number, how: "broken" | "status"): DrillEvent => ({
    ...{ event: "failed", at, request: 1, attempt, how, again: true },
  })
  const told = { event: "acknowledged", request: 1, response: "r", message: "m", region: "east" } as const
  const refusedThenRetried = [sent(0, 0), begun(1, 0), failed(2, 0, "broken"), sent(3, 1, 7), failed(4, 1, "status")]
  expect(figuresOf([...refusedThenRetried, sent(5, 2), begun(6, 2), { ...told, at: 7, attempt: 2 }]).streams).toEqual({
    begun: 2,
    completed: 1,
    broken: 1,
    retried: 1,
    resumed: 0,
  })
  const resumed = [sent(0, 0), begun(1, 0), failed(2, 0, "broken"), sent(3, 1, 7), begun(4, 1)]
  expect(figuresOf([...resumed, { ...told, at: 7, attempt: 1 }]).streams).toEqual({
    begun: 2,
    completed: 1,
    broken: 1,
    retried: 0,
    resumed: 1,
  })
})

it("counts what the checker finds, request by request", () => {
  const turns = [
    { request: 11, message: "msg_11" },
    { request: 1, message: "msg_1" },
    { request: 21, message: "msg_other" },
    { request: 41, message: "msg_41" },
    { request: 41, message: "msg_41" },
  ]
  const events = ordered(asked(0, 2), asked(10, 2), asked(20, 2), asked(30, 2), asked(40), [
    { event: "read-back", at: 90, conversation: 1, turns },
  ])
  expect(figuresOf(events).turns).toEqual({
    requested: 5,
    acknowledged: 4,
    lost: 1,
    doubled: 1,
    outOfOrder: 1,
    altered: 1,
    unknown: 1,
  })
})

it("takes well under a second for a hundred thousand events", () => {
  const turns = Array.from({ length: 32_000 }, (_, index) => ({
    request: index * 10 + 1,
    message: `msg_${index * 10 + 1}`,
  }))
  const events = ordered(steady(0, 320_000), { event: "read-back", at: 400_000, conversation: 1, turns })
  expect(events.length).toBeGreaterThan(96_000)
  const begun = process.cpuUsage()
  expect(figuresOf(events).violations).toEqual([])
  const { user } = process.cpuUsage(begun)
  expect(user / 1_000).toBeLessThan(1_000)
})
