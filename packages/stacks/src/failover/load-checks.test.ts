import { expect, it } from "vitest"
import type { Fitness } from "../environment-state.ts"
import { loadChecks } from "./load-checks.ts"

const fit: Fitness = {
  lookedAt: 10_000,
  connections: { most: 197, wanted: 40 },
  keys: 2,
  before: null,
  unreplayed: 0,
  missingSecrets: [],
  models: [
    { name: "openai", problem: null, quotaLeft: 0.8 },
    { name: "other", problem: null, quotaLeft: null },
  ],
}
const west = (part: Partial<Fitness> | null) => ({ name: "west", fitness: part && { ...fit, ...part } })
const east: { name: string; fitness: Fitness } = { name: "east", fitness: { ...fit, lookedAt: 5_000 } }

const bad = (region: ReturnType<typeof west>, planned: boolean, primary = east) =>
  loadChecks(region, primary, planned)
    .filter(({ verdict }) => verdict !== "ok")
    .map(({ name, verdict, detail }) => [name, verdict, detail])

it("finds nothing wrong with a region that has what it takes, and says nothing of what nobody looked at", () => {
  expect(bad(west({}), true)).toEqual([])
  expect(loadChecks(west({}), east, true).map(({ name }) => name)).toEqual([
    "lag",
    "connections",
    "keys",
    "secrets",
    "models",
  ])
  expect(loadChecks(west(null), east, true)).toEqual([])
})

it.each([
  ["connections", west({ connections: { most: 97, wanted: 120 } }), /takes 97 sessions, and all replicas may open 120/],
  ["secrets", west({ missingSecrets: ["openai"] }), /^west cannot read openai$/],
  [
    "models",
    west({ models: [{ name: "openai", problem: "it refuses the key (401)", quotaLeft: null }] }),
    /openai as asked from west: it refuses the key/,
  ],
  ["lag", west({ unreplayed: 3e8 }), /300 MB to replay/],
] as const)("lets a planned change wait for %s, and only warns where the primary is gone", (name, region, words) => {
  expect(bad(region, true)).toEqual([[name, "fails", expect.stringMatching(words)]])
  expect(bad(region, false)).toEqual([[name, "warning", expect.stringMatching(words)]])
})

it("never keeps a change from going on as long as one model answers", () => {
  const [one, other] = fit.models
  const half = west({ models: [{ ...one!, problem: "it answers 500" }, other!] })
  expect(bad(half, true)).toEqual([["models", "warning", "openai as asked from west: it answers 500"]])
  const scarce = west({ models: [{ ...one!, quotaLeft: 0.05 }] })
  expect(bad(scarce, true)).toEqual([["models", "warning", "openai has less than a tenth of its quota left"]])
})

it("says where a primary holds more API keys, and lets nobody wait for it", () => {
  const lacking = [["keys", "warning", "west holds 1 API key, and east 2, counting revoked ones"]]
  expect(bad(west({ keys: 1 }), true)).toEqual(lacking)
  // Made after the standby looked, or in that moment; unless the primary's look before tells of them already.
  expect(bad(west({ keys: 1, lookedAt: 6_000 }), true)).toEqual([])
  const since = (keys: number) => ({ name: "east", fitness: { ...east.fitness, before: { lookedAt: 1_000, keys } } })
  expect(bad(west({ keys: 1, lookedAt: 6_000 }), true, since(1))).toEqual([])
  expect(bad(west({ keys: 1, lookedAt: 6_000 }), true, since(2))).toEqual(lacking)
  expect(
    loadChecks(west({ keys: 0 }), { name: "east", fitness: null }, true).every(({ verdict }) => verdict === "ok"),
  ).toBe(true)
})
