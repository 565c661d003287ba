import { describe, expect, it } from "vitest"
import { describePlan, isEmpty, type Plan, summarisePlan } from "./plan.ts"

const empty: Plan = { changes: [], retired: [], notes: [] }
const change = (
  stack: "base" | "region-east",
  operation: "create" | "update" | "replace" | "delete",
  ...reasons: string[]
) => ({
  stack,
  operation,
  resource: "it",
  reasons,
})

describe("a plan", () => {
  it.each<[string, Partial<Plan>, string, string[]]>([
    ["nothing", {}, "nothing to change", []],
    [
      "changes of several kinds",
      {
        changes: [
          change("base", "create"),
          change("region-east", "update", "replicas: 1 → 2"),
          change("region-east", "create"),
        ],
      },
      "2 to create, 1 to update",
      ["+ base: create", "~ region-east: update", "    replicas: 1 → 2", "+ region-east: create"],
    ],
    ["a region to remove", { retired: ["west"] }, "1 to remove", ["- region-west: remove, with its copy of the data"]],
    ["a note only", { notes: ["primary: stays"] }, "nothing to change", ["! primary: stays"]],
    [
      "replacing and deleting",
      { changes: [change("base", "replace"), change("base", "delete")] },
      "1 to replace, 1 to delete",
      ["± base: replace", "- base: delete"],
    ],
  ])("with %s is told in plain lines", (_name, part, summary, lines) => {
    const plan = { ...empty, ...part }
    expect(summarisePlan(plan)).toBe(summary)
    expect(describePlan(plan)).toEqual(lines)
  })

  it("is empty only without changes and removals; a note changes nothing", () => {
    expect(isEmpty({ ...empty, notes: ["primary: stays"] })).toBe(true)
    expect(isEmpty({ ...empty, retired: ["west"] })).toBe(false)
    expect(isEmpty({ ...empty, changes: [change("base", "create")] })).toBe(false)
  })
})
