import { expect, it } from "vitest"
import { isDiverged, parseHistory } from "./timeline-history.ts"

const history = { timeline: 3, forks: parseHistory("1\t0/3000158\tno recovery target specified\n2\t1/A0\tbecause\n") }

it("reads where timelines were left", () => {
  expect(history.forks).toEqual([
    { timeline: 1, at: "0/3000158" },
    { timeline: 2, at: "1/A0" },
  ])
})

it.each([
  ["ends where its timeline was left", { timeline: 1, end: "0/3000158" }, false],
  ["ends before", { timeline: 1, end: "0/2FFFFFF" }, false],
  ["goes on beyond it", { timeline: 1, end: "0/3000159" }, true],
  ["goes on beyond it in the upper half", { timeline: 2, end: "2/0" }, true],
  ["is on the present timeline", { timeline: 3, end: "9/0" }, false],
  ["is on a timeline that the history does not know", { timeline: 4, end: "0/1" }, true],
])("WAL that %s", (_what, own, diverged) => {
  expect(isDiverged(history, own)).toBe(diverged)
})
