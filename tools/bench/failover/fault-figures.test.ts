import { type DrillEvent, type DrillFigures, figuresOf } from "@chatops/stacks/drill"
import { expect, it } from "vitest"
import { isMet } from "../figure.ts"
import { faultFigures } from "./fault-figures.ts"
import { answeredAt, answeredFrom, inOrder, readBack } from "./testing/turn-events.ts"

const fault = { kind: "kill-database", region: "east" } as const
const made: DrillEvent = { event: "fault-made", at: 1_000, fault }
const promoted: DrillEvent = { event: "noticed", at: 1_100, by: "west", what: "promoted" }

/** Everybody waits for so many milliseconds, and is answered again. */
function drill(pause: number, ...more: DrillEvent[]): DrillFigures {
  const turns = [...answeredAt(995), ...answeredFrom(1_000 + pause, 4_000, 5)]
  const waiting: DrillEvent = {
    ...{ event: "sent", at: 1_001, due: 1_001, request: 1, attempt: 0, conversation: 2, turn: 1, streamed: false },
  }
  return figuresOf(inOrder(made, waiting, turns, ...more))
}

const limits = { median: 500, worst: 1_000 }
const judged = (drills: readonly DrillFigures[], how: Partial<Parameters<typeof faultFigures>[2]> = {}) =>
  Object.fromEntries(
    faultFigures("kill", drills, { limits, lossless: true, ...how }).map(figure => [
      figure.name.replace(/^kill: /, ""),
      [figure.value, isMet(figure)],
    ]),
  )

it("holds the median and the worst recovery against their limits", () => {
  const drills = [300, 400, 1_400].map(pause => drill(pause, promoted))
  expect(judged(drills)).toMatchObject({ "RTO, median of 3": [399, true], "RTO, worst": [1_399, false] })
  expect(judged(drills, { limits: undefined })).toMatchObject({ "RTO, worst": [1_399, undefined] })
})

it("takes users who are not answered any more for a recovery that never ends", () => {
  const forever = figuresOf([...answeredAt(995), made])
  expect(judged([forever])).toMatchObject({ "RTO, worst": [Number.POSITIVE_INFINITY, false] })
})

it("takes a primary that came back in its place for no failover where no turn may be lost", () => {
  const drills = [drill(300, promoted), drill(200)]
  expect(judged(drills)).toMatchObject({ "taken over by another region": [1, false] })
  expect(judged(drills, { lossless: false })).toMatchObject({ "taken over by another region": [1, undefined] })
  expect(judged(drills.slice(0, 1))).toMatchObject({ "taken over by another region": [1, true] })
})

it("allows no loss where none is promised to happen", () => {
  const drills = [drill(300, promoted, readBack(995))]
  const { acknowledged } = drills[0]!.turns
  expect(judged(drills)).toMatchObject({ lost: [acknowledged - 1, false] })
  expect(judged(drills, { lossless: false })).toMatchObject({ lost: [acknowledged - 1, undefined] })
})
