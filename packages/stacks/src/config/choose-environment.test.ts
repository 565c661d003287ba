import { expect, it } from "vitest"
import { chooseEnvironment } from "./choose-environment.ts"
import { parseConfig } from "./parse-config.ts"

const withEnvironments = (...names: string[]) =>
  parseConfig(`app: a
chat: { model: m, upstreams: [{ name: simulator, simulator: {} }] }
environments: { ${names.map(name => `${name}: { target: local, regions: { east: {} }, durability: async }`).join(", ")} }
`)

it.each([
  ["the only one", ["staging"], undefined, "staging"],
  ["local among several", ["staging", "local"], undefined, "local"],
  ["the named one", ["staging", "local"], "staging", "staging"],
])("chooses %s", (_, names, wanted, chosen) => {
  expect(chooseEnvironment(withEnvironments(...names), wanted).name).toBe(chosen)
})

it("suggests the nearest of those that exist", () => {
  expect(() => chooseEnvironment(withEnvironments("staging", "local"), "stagin")).toThrow(
    "No environment `stagin` in chatops.yaml; there is `staging`, `local`. Did you mean `staging`?",
  )
  expect(() => chooseEnvironment(withEnvironments("staging", "other"))).toThrow("none is called `local`")
})
