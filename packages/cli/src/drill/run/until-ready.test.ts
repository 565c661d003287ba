import type { EnvironmentState } from "@chatops/stacks"
import { expect, it } from "vitest"
import { fakeState } from "../../operations/testing/fake-target.ts"
import { builtInScenarios } from "../scenarios/built-in-scenarios.ts"
import { rolesOf } from "../scenarios/roles-now.ts"
import { withRoles } from "../scenarios/scenario-roles.ts"
import { untilReady } from "./until-ready.ts"

const since = "2026-01-01T00:00:00.000Z"
const scenarioAt = (state: EnvironmentState) => withRoles(builtInScenarios.get("kill-region")!, rolesOf(state, "east"))

/** What a drill begins with that sees these states one after the other, the last for ever; and what it says meanwhile. */
async function ready(...states: readonly EnvironmentState[]) {
  const told: string[] = []
  const left = [...states]
  const inspect = async () => (left.length > 1 ? left.shift()! : left[0]!)
  const began = await untilReady(
    { target: { inspect }, scenarioAt, progress: text => void told.push(text) },
    AbortSignal.timeout(10_000),
  )
  return { faults: began.scenario.faults.map(({ fault }) => fault), told }
}

it("breaks whoever is primary once the watcher has made another region primary", async () => {
  const watcher = { verdict: "acts", reason: "east is gone", since, restraint: null } as const
  const acts = { ...fakeState("east"), watcher }
  const [east, west] = acts.regions
  const { register } = acts.witness
  const after: EnvironmentState = {
    ...acts,
    watcher: { ...watcher, verdict: "well", reason: null },
    witness: { ...acts.witness, register: { ...register!, primary: "west", epoch: 2 } },
    regions: [
      { ...east!, role: "standby" },
      { ...west!, role: "primary" },
    ],
  }
  expect(await ready(acts, acts, after)).toEqual({
    faults: [{ kind: "kill-region", region: "west" }],
    told: ["waiting for the watcher: it makes another region primary"],
  })
})
