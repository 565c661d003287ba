import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type FaultKind, Scenario } from "@chatops/stacks/drill"
import fc from "fast-check"
import { expect, it, onTestFinished } from "vitest"
import { builtInScenarios } from "./built-in-scenarios.ts"
import { drawnScenario, seedOf } from "./drawn-scenario.ts"
import { findScenario } from "./find-scenario.ts"
import { withRoles } from "./scenario-roles.ts"

const kinds = [...builtInScenarios.keys()] as FaultKind[]
const roles = { primary: "east", standby: "west", regions: ["east", "west"] }

function appWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "chatops-scenarios-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, "drills"))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, "drills", name), content)
  return directory
}

it("draws the same from the same seed, and nothing but whole scenarios of what can be made", () => {
  fc.assert(
    fc.property(fc.nat(), fc.subarray(kinds, { minLength: 1 }), (seed, able) => {
      const drawn = drawnScenario(seed, able)
      expect(drawnScenario(seed, able)).toEqual(drawn)
      expect(Scenario.parse(withRoles(drawn, roles)).faults.map(({ fault }) => able.includes(fault.kind))).toEqual([
        true,
      ])
    }),
  )
})

it("draws what it has always drawn from a seed, so that a drill of last year can be made again", () => {
  const drawn = [7, 20260301].map(seed => {
    const { load, warmUp, faults, coolDown } = drawnScenario(seed, kinds)
    return { load, warmUp, faults, coolDown }
  })
  expect(drawn).toMatchInlineSnapshot(`
    [
      {
        "coolDown": 2.941,
        "faults": [
          {
            "after": 0.18,
            "fault": {
              "kind": "fill-disk",
              "region": "$standby",
            },
            "healAfter": 5.97,
          },
        ],
        "load": {
          "answerTokens": 3,
          "streamed": 0.478,
          "thinkTime": 0.632,
          "turnsPerConversation": 3.207,
          "turnsPerSecond": 23.491,
        },
        "warmUp": 2.223,
      },
      {
        "coolDown": 2.338,
        "faults": [
          {
            "after": 0.537,
            "fault": {
              "kind": "kill-region",
              "region": "$primary",
            },
            "healAfter": 5.18,
          },
        ],
        "load": {
          "answerTokens": 4,
          "streamed": 0.679,
          "thinkTime": 0.404,
          "turnsPerConversation": 3.239,
          "turnsPerSecond": 64.178,
        },
        "warmUp": 1.919,
      },
    ]
  `)
})

it("takes a new seed for what is drawn, unless one is named, so that no night repeats another", () => {
  expect(seedOf("random", undefined, () => 4711)).toBe(4711)
  expect(new Set(Array.from({ length: 20 }, () => seedOf("random", undefined))).size).toBeGreaterThan(1)
  expect([seedOf("random", 7), seedOf("kill-region", undefined), seedOf("kill-region", 0)]).toEqual([7, undefined, 0])
})

it("has one of its own for each kind of fault, whose regions are whoever holds the role", () => {
  for (const scenario of builtInScenarios.values()) {
    expect(Scenario.parse(scenario)).toEqual(scenario)
    expect(JSON.stringify(withRoles(scenario, roles))).not.toContain("$")
  }
  const partition = findScenario("partition-regions", appWith({}))
  expect(withRoles(partition, roles).faults[0]?.fault).toMatchObject({ regions: ["east", "west"] })
  expect(() => withRoles(partition, { ...roles, standby: null })).toThrow(/needs a standby/)
})

it("reads what a file says beside the usual, and says what is wrong with it", () => {
  const faults = "faults: [{ fault: { kind: kill-region, region: north }, after: 1, healAfter: 2 }]"
  const app = appWith({
    "monday.yaml": `load: { turnsPerSecond: 7 }\n${faults}`,
    "kill-region.yaml": faults,
    "broken.yaml": "faults: [",
    "empty.yaml": "",
    "wrong.yaml": `warmUp: 0\n${faults}`,
    "patient.yaml": `abortWhen: { unansweredFor: 20, failed: 50 }\n${faults}`,
    "endless.yaml": `abortWhen: {}\n${faults}`,
    "unknown.yaml": `${faults}\nrate: 7`,
  })
  const monday = findScenario("monday", app)
  expect(monday).toMatchObject({ name: "monday", load: { turnsPerSecond: 7, streamed: 0.5 }, faults: [{ after: 1 }] })
  expect(findScenario("patient", app).abortWhen).toEqual({ unansweredFor: 20, failed: 50 })
  const refused = (name: string) => {
    try {
      return withRoles(findScenario(name, app), roles)
    } catch (error) {
      return error
    }
  }
  expect(refused("monday")).toMatchObject({
    code: "SCENARIO_INVALID",
    message: expect.stringContaining("no region north"),
  })
  // What is signed under a well-known name is what that name says.
  expect(refused("kill-region")).toMatchObject({
    code: "SCENARIO_INVALID",
    message: expect.stringContaining("of chatops' own"),
  })
  for (const name of ["broken", "empty", "wrong", "endless", "unknown"])
    expect(refused(name), name).toMatchObject({ code: "SCENARIO_INVALID" })
  expect(refused("tuesday")).toMatchObject({ code: "SCENARIO_UNKNOWN" })
  expect(refused("../chatops")).toMatchObject({ code: "SCENARIO_UNKNOWN" })
})
