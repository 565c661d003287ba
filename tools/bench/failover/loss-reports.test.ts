import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { isMet } from "../figure.ts"
import { compareLosses, lossFigures, type ReportedTurn, reportsOf, untilReported } from "./loss-reports.ts"
import { answeredAt, readBack } from "./testing/turn-events.ts"

/** Turns 1 to 3 are acknowledged; the third is lost. In a drill of its own 4 is, and none is lost. */
const drills = [
  [...answeredAt(1), ...answeredAt(2), ...answeredAt(3), readBack(1, 2)],
  [...answeredAt(4), readBack(4)],
]
const lost = (turn: number): ReportedTurn => ({ turn: `resp_${turn}`, repeatedAs: null })
const repeated = (turn: number): ReportedTurn => ({ turn: `resp_${turn}`, repeatedAs: "resp_1" })

const exact = { unreported: [], unfounded: [], untold: [] }

it.each([
  ["all that is lost, and nothing else", [lost(3)], exact],
  ["nothing", [], { ...exact, unreported: ["resp_3"] }],
  ["another one", [lost(9)], { ...exact, unreported: ["resp_3"], untold: ["resp_9"] }],
  ["what is lost as if it had been answered again", [repeated(3)], { ...exact, unreported: ["resp_3"] }],
  ["what is not lost", [lost(3), lost(2)], { ...exact, unfounded: ["resp_2"] }],
  ["what another drill's users have", [lost(3), lost(4)], { ...exact, unfounded: ["resp_4"] }],
  ["what was answered again, as such", [lost(3), repeated(2), repeated(9)], exact],
  ["what nobody was told of", [lost(3), lost(9)], { ...exact, untold: ["resp_9"] }],
  ["the same in two files", [lost(3), lost(3)], exact],
])("a report of %s", (_, reports, compared) => {
  expect(compareLosses(drills, reports)).toEqual(compared)
})

it("falls short where a report has too little, and where it has too much", () => {
  const met = (...reports: ReportedTurn[]) => lossFigures("async", compareLosses(drills, reports)).map(isMet)
  expect(met(lost(3), lost(9))).toEqual([true, true, undefined])
  expect(met()).toEqual([false, true, undefined])
  expect(met(lost(2), lost(3))).toEqual([true, false, undefined])
})

/** A region's directory in a state directory of its own. */
function regionOf(state: string, name: string): string {
  const region = join(state, "quickstart-1a2b3c4d", "local", "regions", name)
  for (const directory of ["lost-turns", "database"]) mkdirSync(join(region, directory), { recursive: true })
  return region
}

function makeState(): string {
  const state = mkdtempSync(join(tmpdir(), "chatops-reports-"))
  onTestFinished(() => rmSync(state, { recursive: true }))
  return state
}

it("reads what every region has reported, and nothing else that is there", () => {
  const state = makeState()
  const [east, west] = [regionOf(state, "east"), regionOf(state, "west")]
  const line = (turn: ReportedTurn) => `${JSON.stringify({ ...turn, conversation: null, rows: {} })}\n`
  writeFileSync(join(east, "lost-turns", "1-i1.jsonl"), line(lost(3)) + line(repeated(2)))
  writeFileSync(join(west, "lost-turns", "2-i2.jsonl"), line(lost(4)))
  writeFileSync(join(west, "lost-turns", "3-i3.jsonl.draft"), line(lost(5)))
  writeFileSync(join(west, "lost-turns", "latest.json"), "{}")
  const reported = reportsOf({ state }).toSorted((one, other) => (one.turn < other.turn ? -1 : 1))
  expect(reported).toMatchObject([repeated(2), lost(3), lost(4)])
})

it("waits until every directory that a former primary left was read", async () => {
  const state = makeState()
  const mark = join(regionOf(state, "east"), "database", "i1.former")
  writeFileSync(mark, "{}")
  const order: string[] = []
  const reported = untilReported({ state }).then(() => order.push("reported"))
  // Whoever does not wait is done before this.
  await new Promise(resolve => setImmediate(resolve))
  order.push("read")
  rmSync(mark)
  await reported
  expect(order).toEqual(["read", "reported"])
})
