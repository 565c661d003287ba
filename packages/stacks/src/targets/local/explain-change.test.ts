import { expect, it } from "vitest"
import { regionSpec } from "../../testing/region-spec.ts"
import type { RegionSpec } from "./agent/spec.ts"
import { explainChange } from "./explain-change.ts"

const present = regionSpec({ replicas: ["r1", "r2"] })
const changed = (change: (spec: RegionSpec) => void): string[] => {
  const wanted = structuredClone(present)
  change(wanted)
  return explainChange(present, wanted)
}

it("has nothing to say about the same", () => {
  expect(explainChange(present, structuredClone(present))).toEqual([])
})

it("names a changed setting with both values, once for all replicas", () => {
  const lines = changed(spec => {
    for (const replica of spec.replicas) replica.chat.model = "gpt-5"
  })
  expect(lines).toEqual(["replicas chat model: simulated → gpt-5"])
})

it("names a replica that comes or goes", () => {
  expect(changed(spec => spec.replicas.pop())).toEqual(["replica: r2 → absent"])
  const [first] = present.replicas
  expect(changed(spec => spec.replicas.push({ ...first!, replica: "r3" }))).toEqual(["replica: absent → r3"])
})

it("does not take the members of a list for one another when one leaves", () => {
  const lines = changed(spec => {
    spec.database.peers = [{ region: "west", host: "127.0.0.1", port: 2 }]
    spec.links = [{ name: "west/database", listen: 3, to: { host: "127.0.0.1", port: 4 } }]
    spec.replicas.shift()
  })
  expect(lines).toEqual([
    "links west/database: absent → west/database",
    "database peers west: absent → west",
    "replica: r1 → absent",
  ])
})

it("shows neither prompts nor versions of secrets nor fingerprints", () => {
  const lines = changed(spec => {
    spec.programs = "another"
    spec.bundles = { ...spec.bundles, links: "another" }
    spec.secretVersions = { openai: "2" }
    for (const replica of spec.replicas) replica.chat.prompt = "You are secretive."
  })
  expect(lines).toEqual([
    "chatops itself is another version: its supervisor restarts",
    "the prompt changed",
    "a secret was set anew",
  ])
})

it("tells a version of chatops that only replicas run from one that the supervisor runs", () => {
  const lines = changed(spec => {
    spec.bundles = { ...spec.bundles, replica: "another", migrate: "another" }
  })
  expect(lines).toEqual(["chatops itself is another version: its replicas are replaced one by one"])
})

it("cuts a long value short", () => {
  const [line = ""] = changed(spec => {
    spec.witness.url = `http://${"x".repeat(500)}`
  })
  expect(line).toMatch(/^witness url: .* → http:\/\/x+…$/)
  expect(line.length).toBeLessThan(160)
})
