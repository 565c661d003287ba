import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { isAlive } from "../../../process/process-identity.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { type Backoff, type ProcessPlan, SupervisedProcess } from "./supervised-process.ts"
import { untilTrue } from "./until.ts"

const soon = () => AbortSignal.timeout(10_000)
const ready = `process.send({ type: "readiness", ready: true, reasons: [] });`
const leader = new URL("testing/session-leader.ts", import.meta.url).pathname
const stayAlive = "setInterval(() => {}, 1000);"

function supervise(code: string, plan: Partial<ProcessPlan> = {}, backoff?: Backoff): SupervisedProcess {
  const process_ = new SupervisedProcess(
    {
      name: "child",
      command: process.execPath,
      args: ["-e", code],
      environment: { PATH: process.env["PATH"] ?? "" },
      logFile: join(scratchDirectory(), "logs", "child.log"),
      stopDeadline: 5_000,
      ...plan,
    },
    backoff,
  )
  onTestFinished(() => process_.stop())
  return process_
}

const never: Backoff = { first: 60_000, longest: 60_000, steadyAfter: 60_000 }
const quick: Backoff = { first: 1, longest: 8, steadyAfter: 60_000 }

it("is ready when its child says so, and shows why it is not", async () => {
  const process_ = supervise(`process.on("SIGUSR2", () => { ${ready} }); ${stayAlive};
    process.send({ type: "readiness", ready: false, reasons: ["no database"] })`)
  process_.start()
  expect(process_.state).toMatchObject({ status: "starting", ready: false })
  await untilTrue(process_, () => process_.state.status === "running", soon())
  expect(process_.state).toMatchObject({ ready: false, reasons: ["no database"], restarts: 0 })
  process_.kill("SIGUSR2")
  await untilTrue(process_, () => process_.state.ready, soon())
  expect(process_.state.reasons).toEqual([])
})

it("starts a killed child again, as another process", async () => {
  const process_ = supervise(ready + stayAlive, {}, quick)
  const spawned: number[] = []
  process_.on("spawned", ({ pid }) => spawned.push(pid))
  process_.start()
  await untilTrue(process_, () => process_.state.ready, soon())
  process_.kill("SIGKILL")
  await untilTrue(process_, () => process_.state.restarts === 1 && process_.state.ready, soon())
  expect(new Set(spawned).size).toBe(2)
  expect(process_.state.pid).toBe(spawned[1])
})

it.runIf(existsSync("/proc/self/autogroup")).each([
  ["until its child is ready", 60_000],
  ["for a while", 5_000],
])("leaves busy processors to others %s, in a session of its own", async (_, yields) => {
  const supervisor = spawn(
    process.execPath,
    ["--conditions=chatops-source", leader, join(scratchDirectory(), "log"), String(yields)],
    {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    },
  )
  onTestFinished(() => void supervisor.kill("SIGKILL"))
  const [line] = (await once(supervisor.stdout.setEncoding("utf8"), "data")) as [string]
  const pid = Number(line)
  const nice = () => /nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, "utf8"))?.[1]
  await untilTrue(undefined, () => nice() === "10", soon())
  if (yields === 60_000) process.kill(pid, "SIGUSR2")
  await untilTrue(undefined, () => nice() === "0", soon())
})

it("waits ever longer for a child that keeps ending, up to a limit", async () => {
  const process_ = supervise("process.exit(3)", {}, quick)
  const waits: string[] = []
  process_.on("change", () => {
    const [reason = ""] = process_.state.reasons
    if (process_.state.status === "waiting" && waits.at(-1) !== reason) waits.push(reason)
  })
  process_.start()
  await untilTrue(process_, () => process_.state.restarts === 5, soon())
  expect(waits).toEqual([1, 2, 4, 8].map(pause => `ended with 3, starts again in ${pause} ms`))
})

it("begins with the first pause again after a child that had lived long", async () => {
  const process_ = supervise(ready + stayAlive, {}, { first: 1, longest: 1_000, steadyAfter: 0 })
  process_.start()
  for (let restarts = 0; restarts < 3; restarts++) {
    await untilTrue(process_, () => process_.state.ready && process_.state.restarts === restarts, soon())
    process_.kill("SIGKILL")
    await untilTrue(process_, () => process_.state.status === "waiting", soon())
    expect(process_.state.reasons).toEqual(["ended with SIGKILL, starts again in 1 ms"])
  }
})

it("does not start again once it was stopped, not even while it waited to", async () => {
  const process_ = supervise("process.exit(3)", {}, { ...quick, first: 60_000 })
  process_.start()
  await untilTrue(process_, () => process_.state.status === "waiting", soon())
  await process_.stop()
  expect(process_.state).toMatchObject({ status: "stopped", pid: null })
})

it("shows the words of a child that says it cannot run, and tries again at the longest pause or when it is told to", async () => {
  const fatal = { type: "fatal", code: "SETTINGS_INVALID", message: "no such model" }
  const process_ = supervise(`process.send(${JSON.stringify(fatal)}, () => process.exit(1))`, {}, never)
  process_.start()
  await untilTrue(process_, () => process_.state.status === "failed", soon())
  expect(process_.failure).toEqual({ code: "SETTINGS_INVALID", message: "child: no such model" })
  expect(process_.state).toMatchObject({ restarts: 0, pid: null })
  process_.forgive()
  expect(process_.failure).toBeNull()
  process_.start()
  expect(process_.state.status).toBe("starting")
  await untilTrue(process_, () => process_.state.status === "failed", soon())
})

it("runs by itself once what kept it from starting has passed, and shows the failure until then", async () => {
  const command = join(scratchDirectory(), "program")
  const process_ = supervise("", { command }, quick)
  process_.start()
  await untilTrue(process_, () => process_.state.status === "failed", soon())
  expect(process_.failure).toMatchObject({ code: "PROCESS_FAILED", message: expect.stringContaining("ENOENT") })
  writeFileSync(command, `#!${process.execPath}\n${ready}${stayAlive}`, { mode: 0o755 })
  await untilTrue(process_, () => process_.state.ready, soon())
  expect(process_.failure).toBeNull()
})

it("calls it a failure when a child ends five times before it is ready, and goes on until it is", async () => {
  const file = join(scratchDirectory(), "mended")
  const process_ = supervise(
    `if (require("fs").existsSync(${JSON.stringify(file)})) { ${ready}${stayAlive} } else process.exit(3)`,
    {},
    quick,
  )
  process_.start()
  await untilTrue(process_, () => process_.state.restarts === 4, soon())
  expect(process_.failure).toBeNull()
  await untilTrue(process_, () => process_.failure !== null, soon())
  expect(process_.failure).toMatchObject({
    code: "PROCESS_FAILED",
    message: expect.stringMatching(/with 3 \(log: .*child.log/),
  })
  writeFileSync(file, "")
  await untilTrue(process_, () => process_.state.ready, soon())
  expect(process_.failure).toBeNull()
})

it("fails on a program that does not exist, and can be stopped then", async () => {
  const process_ = supervise("", { command: "/no/such/program" })
  process_.start()
  await process_.stop()
  process_.start()
  await untilTrue(process_, () => process_.state.status === "failed", soon())
  expect(process_.failure).toMatchObject({ code: "PROCESS_FAILED", message: expect.stringContaining("ENOENT") })
})

it("kills a child that does not end in time, even a frozen one", async () => {
  const process_ = supervise(`process.on("SIGTERM", () => {}); ${ready}${stayAlive}`, { stopDeadline: 50 })
  process_.start()
  await untilTrue(process_, () => process_.state.ready, soon())
  const identity = process_.identity!
  process_.kill("SIGSTOP")
  await process_.stop()
  expect(isAlive(identity)).toBe(false)
})

it("lets a child that is stopped finish what it does", async () => {
  const file = join(scratchDirectory(), "finished")
  const finish = `process.on("SIGTERM", () => { require("fs").writeFileSync(${JSON.stringify(file)}, ""); process.exit() });`
  const process_ = supervise(finish + ready + stayAlive)
  process_.start()
  await untilTrue(process_, () => process_.state.ready, soon())
  await process_.stop()
  expect(existsSync(file)).toBe(true)
})

it("leaves the decision to whoever asked for it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const process_ = supervise("process.exit(0)", { onEnd: resolve })
  process_.start()
  await promise
  expect(process_.state).toMatchObject({ status: "stopped", reasons: ["ended with 0"] })
})

it("tries again when no log can be opened, instead of ending its agent", async () => {
  const logFile = join(scratchDirectory(), "child.log")
  mkdirSync(logFile)
  const process_ = supervise(ready + stayAlive, { logFile }, quick)
  process_.start()
  await once(process_, "change")
  await untilTrue(process_, () => process_.state.reasons.some(reason => reason.includes("in 8 ms")), soon())
  expect(process_.state).toMatchObject({ status: "waiting", pid: null })
})

it("writes what its child prints to the log, across restarts", async () => {
  const process_ = supervise(`console.log("hello"); process.exit(1)`, {}, quick)
  process_.start()
  await untilTrue(process_, () => process_.state.restarts === 2, soon())
  await process_.stop()
  expect(readFileSync(process_.plan.logFile, "utf8")).toMatch(/^hello\nhello\n/)
})
