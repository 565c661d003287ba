import http, { type ServerResponse } from "node:http"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import type { RegionPulse } from "../../../failover/watching.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { ControlServer } from "./control-server.ts"
import { CutWays } from "./cut-ways.ts"
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

const rest = { ended: false, leaving: false, replicas: 1, primary: null, progress: null } as const
const told = { serves: true, database: "running", ...rest } as const

it("hears a supervisor, its changes and its end, and hears it again when it is back", async () => {
  const socket = join(scratchDirectory(), "agent")
  const region = new WatchedRegion(socket, async () => undefined)
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

it("hears nothing over a way that is cut, not even the end, and all of it when every cut has healed", async () => {
  const socket = join(scratchDirectory(), "agent")
  const ways = new CutWays()
  const region = new WatchedRegion(socket, signal => ways.passes("east", signal))
  onTestFinished(() => region.stop())
  const server = await serve(socket, told)
  await untilTrue(region, () => region.sight.supervisor === "answers", soon())
  ways.cut("west")
  const [heal, healOther] = [ways.cut("east"), ways.cut("east")]
  server.close()
  // Its end is heard within milliseconds where nothing is cut.
  await untilTrue(undefined, () => region.sight.supervisor !== "answers", soon())
  expect(region.sight.supervisor).toBe("silent")
  heal()
  expect([ways.isCut("east"), region.sight.supervisor]).toEqual([true, "silent"])
  healOther()
  await untilTrue(region, () => region.sight.supervisor === "closed", soon())
})

it("forgets what was heard, and hears no more of it: the region is met anew", async () => {
  vi.useFakeTimers({ toFake: ["performance"] })
  onTestFinished(() => void vi.useRealTimers())
  const socket = join(scratchDirectory(), "agent")
  const streams: ServerResponse[] = []
  const server = http.createServer((_request, response) => void streams.push(response.writeHead(200)))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>(resolve => server.listen(socket, resolve))
  const region = new WatchedRegion(socket, async () => undefined)
  onTestFinished(() => region.stop())
  const met = (times: number) => untilTrue(undefined, () => streams.length === times, soon())
  const tell = (stream: number, pulse: RegionPulse) => void streams[stream]?.write(`${JSON.stringify(pulse)}\n`)
  await met(1)
  tell(0, told)
  await untilTrue(region, () => region.sight.pulse !== null, soon())

  // Longer than whoever was never met may take.
  vi.advanceTimersByTime(6_000)
  expect(region.sight.supervisor).toBe("silent")
  region.forget()
  expect(region.sight).toEqual({ supervisor: "unknown", unheardFor: 0, idleFor: 0, pulse: null })
  // Written before, and not read yet.
  tell(0, told)
  await met(2)
  expect(region.sight.pulse).toBeNull()
  tell(1, { ...told, serves: false })
  await untilTrue(region, () => region.sight.pulse?.serves === false, soon())
})
