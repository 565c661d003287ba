import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import type { RegionPulse } from "../../../failover/watching.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { ControlServer } from "./control-server.ts"
import type { AgentState } from "./state.ts"
import { untilTrue } from "./until.ts"
import { WatchedRegion } from "./watched-region.ts"

const soon = () => AbortSignal.timeout(10_000)

async function serve(socket: string, told: RegionPulse): Promise<ControlServer> {
  const unused = async () => ({}) as AgentState
  const server = new ControlServer({ state: unused, apply: async () => {}, admin: unused, pulse: () => told })
  onTestFinished(() => server.close())
  await server.listen(socket)
  return server
}

it("hears a supervisor, its changes and its end, and hears it again when it is back", async () => {
  const socket = join(scratchDirectory(), "agent")
  const told = { serves: true, database: "running", ended: false, leaving: false, replicas: 1, primary: null } as const
  const region = new WatchedRegion(socket)
  onTestFinished(() => region.stop())
  expect(region.sight).toMatchObject({ supervisor: "unknown", pulse: null })
  const server = await serve(socket, told)
  await untilTrue(region, () => region.sight.supervisor === "answers", soon())
  expect(region.sight.pulse).toEqual(told)
  server.close()
  await untilTrue(region, () => region.sight.supervisor === "closed", soon())
  // What it said last counts: that it was told to leave, for one.
  expect(region.sight.pulse).toEqual(told)
  await serve(socket, { ...told, serves: false })
  await untilTrue(region, () => region.sight.pulse?.serves === false, soon())
})
