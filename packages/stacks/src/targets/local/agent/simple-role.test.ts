import { expect, it, onTestFinished } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { SimpleRole } from "./simple-role.ts"
import type { AgentSpec } from "./spec.ts"
import type { ProcessPlan } from "./supervised-process.ts"
import { untilTrue } from "./until.ts"

const signal = AbortSignal.timeout(10_000)
const spec = (programs: string) => ({ kind: "entry", programs }) as AgentSpec
const until = (holds: () => Promise<boolean>) => untilTrue(undefined, holds, signal)
const sleeping: Omit<ProcessPlan, "logFile"> = {
  name: "gateway",
  command: process.execPath,
  args: ["-e", "setInterval(() => {}, 1000)"],
  environment: {},
  stopSignal: "SIGTERM",
  stopDeadline: 1_000,
  awaitReady: async () => undefined,
}

function role(plan: (spec: AgentSpec) => ProcessPlan) {
  const context = { directory: "/d", changed: () => undefined, remember: () => undefined }
  const made = new SimpleRole(context, plan, undefined, 1)
  onTestFinished(() => made.stop())
  return made
}

it("tries again what it could not begin, and shows why until then", async () => {
  const logFile = `${scratchDirectory()}/log`
  let full = true
  const made = role(() => {
    if (full) throw Object.assign(new Error("no space"), { code: "ENOSPC", syscall: "write" })
    return { ...sleeping, logFile }
  })
  made.apply(spec("1"))
  await until(async () => (await made.state()).failure?.code === "DISK_FULL")
  full = false
  await until(async () => (await made.state()).settled)
  expect((await made.state()).failure).toBeNull()
})

it("leaves what runs alone while the new one cannot be begun, and forgets what is no longer wanted", async () => {
  const logFile = `${scratchDirectory()}/log`
  let attempts = 0
  const made = role(wanted => {
    if (wanted.programs === "2" && attempts++ >= 0) throw new Error("no")
    return { ...sleeping, logFile }
  })
  made.apply(spec("1"))
  await until(async () => (await made.state()).settled)
  const [before] = (await made.state()).processes
  made.apply(spec("2"))
  await until(async () => attempts > 1)
  expect((await made.state()).processes[0]?.pid).toBe(before?.pid)
  made.apply(spec("1"))
  await until(async () => (await made.state()).settled)
  const { failure, processes } = await made.state()
  expect({ failure, pid: processes[0]?.pid }).toEqual({ failure: null, pid: before?.pid })
})
