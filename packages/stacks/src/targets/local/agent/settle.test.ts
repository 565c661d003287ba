import { expect, it } from "vitest"
import { regionSpec } from "../../../testing/region-spec.ts"
import { Progress, settle } from "./settle.ts"
import type { AgentState, ProcessState } from "./state.ts"

const signal = new AbortController().signal
const replica = (status: ProcessState["status"], restarts = 0): ProcessState => {
  return { name: "r1", status, ready: false, reasons: [], pid: null, restarts }
}

function state(given: Partial<AgentState>): AgentState {
  const still = { settled: false, phase: "r1: no database", failure: null, processes: [], region: null }
  return { kind: "region", pid: 1, startedAt: "", spec: regionSpec(), ...still, ...given }
}

/** Tells the states one after the other. */
const fakeClient = (...states: AgentState[]) => ({
  async *changes() {
    for (const each of states) yield await new Promise<AgentState>(resolve => setImmediate(resolve, each))
  },
})

it("gives up on an agent that gets nowhere, and names what it waits for and where its logs are", async () => {
  await expect(settle(fakeClient(state({}), state({})), { signal, patience: 0 })).rejects.toMatchObject({
    code: "AGENT_FAILED",
    message: expect.stringMatching(/no progress .*: r1: no database \(logs: \/d\/logs\)/),
  })
})

it("goes on while there is progress, and throws the agent's own failure", async () => {
  const steps = [state({ phase: "one" }), state({ phase: "two" })]
  const options = { signal, patience: 0 }
  expect((await settle(fakeClient(...steps, state({ settled: true })), options)).settled).toBe(true)
  const failure = { code: "PORT_TAKEN", message: "taken" }
  await expect(settle(fakeClient(...steps, state({ failure })), options)).rejects.toMatchObject({ code: "PORT_TAKEN" })
})

it("takes going in circles for a standstill", () => {
  const progress = new Progress()
  const look = (status: ProcessState["status"], phase: string, now: number) =>
    progress.standstill({ phase, processes: [replica(status, now)] }, now)
  expect(look("starting", "r1: starting", 0)).toBe(0)
  expect(look("waiting", "r1: ended with 1, starts again in 100 ms", 1)).toBe(0)
  expect(look("starting", "r1: starting", 2)).toBe(1)
  expect(look("waiting", "r1: ended with 1, starts again in 200 ms", 3)).toBe(2)
  expect(look("running", "r1: no database", 4)).toBe(0)
})
