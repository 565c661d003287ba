import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { regionSpec } from "../../../testing/region-spec.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { SocketWatch } from "./socket-watch.ts"
import type { AgentSpec } from "./spec.ts"
import type { ProcessState } from "./state.ts"

/** A child that the watch takes for a gateway or a database, in the hands of a role that only tells of it. */
async function watching(name: string) {
  const script = `setInterval(() => {}, 1000); console.log("up")`
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  await once(child.stdout, "data")
  const told = { ready: true }
  const state = (): ProcessState => ({
    name,
    status: "running",
    reasons: [],
    pid: child.pid ?? null,
    restarts: 0,
    ...told,
  })
  const fakeRole = {
    state: async () => ({ settled: true, phase: "running", failure: null, processes: [state()], region: null }),
  }
  const watch = new SocketWatch(fakeRole)
  return { child, told, watch, seen: async () => watch.complete(await fakeRole.state()) }
}

const signalOf = async (child: ChildProcess) => (await once(child, "exit"))[1]
const entry = (control: string) => ({ kind: "entry", gateway: { control } }) as AgentSpec

it("has nothing to say of a gateway whose socket is there, or that is not running yet", async () => {
  const control = join(scratchDirectory(), "gateway.ctl")
  const { watch, told, seen } = await watching("gateway")
  writeFileSync(control, "")
  for (let look = 0; look < 3; look++) await watch.look(entry(control))
  expect((await seen()).failure).toBeNull()
  told.ready = false
  for (let look = 0; look < 3; look++) await watch.look(entry("/nowhere"))
  expect((await seen()).failure).toBeNull()
})

it("says that a gateway's socket is gone, once that is no passing matter, and restarts it only when it is told to", async () => {
  const { child, watch, seen } = await watching("gateway")
  await watch.look(entry("/nowhere/gateway.ctl"))
  expect((await seen()).failure).toBeNull()
  await watch.look(entry("/nowhere/gateway.ctl"))
  expect((await seen()).failure).toMatchObject({ message: expect.stringContaining("/nowhere/gateway.ctl was removed") })
  expect(child.signalCode).toBeNull()
  const ended = signalOf(child)
  watch.restartLost()
  expect(await ended).toBe("SIGTERM")
})

it("does not complain of a gateway that it has ended and that still lets answers finish, but has not settled", async () => {
  const { watch, seen } = await watching("gateway")
  for (let look = 0; look < 2; look++) await watch.look(entry("/nowhere"))
  watch.restartLost()
  for (let look = 0; look < 3; look++) await watch.look(entry("/nowhere"))
  expect(await seen()).toMatchObject({ failure: null, settled: false })
})

it("restarts a database by itself, with a directory to make its socket in", async () => {
  const socket = join(scratchDirectory(), "r-east")
  const { child, watch, seen } = await watching("database")
  const ended = signalOf(child)
  await watch.look(regionSpec({ socket }))
  expect(existsSync(`${socket}.pg`)).toBe(true)
  await watch.look(regionSpec({ socket }))
  expect(await ended).toBe("SIGINT")
  expect((await seen()).failure).toBeNull()
})
