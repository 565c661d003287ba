import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { seededDraw } from "./draw.ts"
import { planLoad } from "./load-plan.ts"
import type { Load } from "./scenario.ts"

const seed = fc.nat(2 ** 31 - 1)
const load: fc.Arbitrary<Load> = fc.record({
  turnsPerSecond: fc.integer({ min: 20, max: 200 }),
  turnsPerConversation: fc.double({ min: 1, max: 20, noNaN: true }),
  thinkTime: fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 300, noNaN: true })),
  streamed: fc.constantFrom(0, 0.25, 0.5, 1),
  answerTokens: fc.constant(16),
})

/** When turns are due if every answer takes so many seconds, in milliseconds. */
function dueTimes(load: Load, seed: number, options: { seconds: number; answerTime: number }): number[] {
  return [...planLoad(load, seed, options).conversations()].flatMap(({ at, turns }) => {
    let due = at
    return turns.map(({ think }, index) => {
      due += think + (index === 0 ? 0 : options.answerTime * 1_000)
      return due
    })
  })
}

describe("a plan of load", () => {
  it("is the same for the same seed, and another for another", () => {
    fc.assert(
      fc.property(load, seed, (load, seed) => {
        const plan = planLoad(load, seed, { seconds: 2 })
        const conversations = [...plan.conversations()]
        expect([...plan.conversations()]).toEqual(conversations)
        expect([...planLoad(load, seed, { seconds: 2 }).conversations()]).toEqual(conversations)
        const others = [...planLoad(load, seed + 1, { seconds: 2 }).conversations()]
        // Where hardly anybody comes, nobody may come in either.
        if (conversations.length + others.length > 0) expect(others).not.toEqual(conversations)
      }),
      { numRuns: 20 },
    )
  })

  it("is the same on every machine", () => {
    const load = { turnsPerSecond: 4, turnsPerConversation: 2, thinkTime: 1.5, streamed: 0.5, answerTokens: 16 }
    expect([...planLoad(load, 7, { seconds: 1.5 }).conversations()]).toMatchInlineSnapshot(`
      [
        {
          "at": 552.949,
          "conversation": 1,
          "turns": [
            {
              "streamed": true,
              "think": 0,
            },
            {
              "streamed": false,
              "think": 111.616,
            },
          ],
        },
        {
          "at": 761.65,
          "conversation": 2,
          "turns": [
            {
              "streamed": true,
              "think": 0,
            },
          ],
        },
        {
          "at": 907.194,
          "conversation": 3,
          "turns": [
            {
              "streamed": false,
              "think": 0,
            },
            {
              "streamed": false,
              "think": 1363.919,
            },
          ],
        },
        {
          "at": 1386.162,
          "conversation": 4,
          "turns": [
            {
              "streamed": false,
              "think": 0,
            },
          ],
        },
      ]
    `)
  })

  it("brings conversations in the order of their first turns, numbered from 1, within the time asked for", () => {
    fc.assert(
      fc.property(load, seed, (load, seed) => {
        const conversations = [...planLoad(load, seed, { seconds: 3 }).conversations()]
        const at = conversations.map(({ at }) => at)
        expect(at).toEqual(at.toSorted((a, b) => a - b))
        expect(conversations.map(({ conversation }) => conversation)).toEqual(at.map((_, index) => index + 1))
        expect(at.every(time => time >= 0 && time <= 3_000)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it("has the rate asked for from the first second on, however long users think and answers take", () => {
    fc.assert(
      fc.property(load, seed, fc.constantFrom(0, 0.5, 2), (load, seed, answerTime) => {
        const plans = 60
        const seconds = [0, 0, 0, 0]
        for (let plan = 0; plan < plans; plan++) {
          for (const due of dueTimes(load, seed + plan, { seconds: seconds.length, answerTime })) {
            const second = Math.floor(due / 1_000)
            if (second < seconds.length) seconds[second] = (seconds[second] ?? 0) + 1
          }
        }
        // Users who think for a short time make clusters of turns, which deviate more than turns by themselves.
        const deviation = Math.sqrt(load.turnsPerSecond * plans * 2 * load.turnsPerConversation)
        for (const turns of seconds) expect(Math.abs(turns - load.turnsPerSecond * plans)).toBeLessThan(5 * deviation)
      }),
      { numRuns: 15 },
    )
  })

  it("is made of the turns, think times and streams that were asked for", () => {
    const load = { turnsPerSecond: 2_000, turnsPerConversation: 5, thinkTime: 8, streamed: 0.3, answerTokens: 16 }
    const conversations = [...planLoad(load, 1, { seconds: 60 }).conversations()]
    const turns = conversations.flatMap(({ turns }) => turns)
    const thinking = conversations.flatMap(({ turns }) => turns.slice(1)).map(({ think }) => think)
    expect(turns.length / conversations.length).toBeCloseTo(5, 0)
    expect(turns.filter(({ streamed }) => streamed).length / turns.length).toBeCloseTo(0.3, 1)
    expect(thinking.reduce((sum, think) => sum + think, 0) / thinking.length / 8_000).toBeCloseTo(1, 1)
    expect(thinking.filter(think => think > 8_000).length / thinking.length).toBeCloseTo(Math.exp(-1), 1)
  })

  it("goes on for ever without an end", () => {
    const load = { turnsPerSecond: 10, turnsPerConversation: 1, thinkTime: 0, streamed: 0, answerTokens: 16 }
    const [last] = [...planLoad(load, 3).conversations().take(100_000)].slice(-1)
    expect(last?.at).toBeGreaterThan(9_000_000)
  })
})

it("draws what a geometric distribution has: every trial is as likely to be the last", () => {
  const draw = seededDraw(11)
  const drawn = Array.from({ length: 20_000 }, () => draw.geometric(4))
  expect(Math.min(...drawn)).toBe(1)
  for (const trial of [1, 2, 3]) {
    const reached = drawn.filter(trials => trials >= trial)
    expect(reached.filter(trials => trials === trial).length / reached.length).toBeCloseTo(0.25, 1)
  }
})
