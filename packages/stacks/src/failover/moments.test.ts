import { expect, it } from "vitest"
import { momentsBetween } from "./moments.ts"
import type { Phase, Supervisor } from "./protocol/supervisor.ts"
import { twoRegions } from "./testing/model/initial-worlds.ts"
import { nothing } from "./testing/model/world.ts"

const east = twoRegions(nothing).supervisors["east"]!
const at = (phase: Phase, change: Partial<Supervisor> = {}): Supervisor => ({ ...east, ...change, phase })
const leading = (door: "shut" | "open"): Phase => ({ at: "leading", door, change: null })
const alone = { register: { ...east.register!, inSync: null } }

it.each([
  [
    "a claim that was written",
    at({ at: "claiming", primary: "west", accepts: "in-sync" }),
    at({ at: "promoting" }),
    ["claimed"],
  ],
  [
    "a claim that was refused",
    at({ at: "claiming", primary: "w", accepts: "in-sync" }),
    at({ at: "following", primary: "w" }),
    [],
  ],
  ["a promotion", at({ at: "promoting" }), at(leading("shut")), ["promoted"]],
  ["runtimes let in", at(leading("shut")), at(leading("open")), ["opened"]],
  ["a place that is left", at(leading("open")), at({ at: "yielding" }), ["closed"]],
  ["a region brought into sync", at(leading("open"), alone), at(leading("open")), ["in-sync"]],
  ["a region that is not in sync any more", at(leading("open")), at(leading("open"), alone), ["alone"]],
  ["a claim by another, which leaves nobody in sync", at(leading("open")), at({ at: "stopping" }, alone), ["closed"]],
] as [string, Supervisor, Supervisor, string[]][])("notices %s", (_what, before, after, moments) => {
  expect(momentsBetween(before, after)).toEqual(moments)
})
