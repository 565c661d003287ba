import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { EnvironmentState } from "@chatops/stacks"
import { describe, expect, it, onTestFinished } from "vitest"
import { harmlessStep, step } from "../operations/operation.ts"
import { runOperation } from "../operations/run-operation.ts"
import { fakeServices } from "../operations/testing/fake-services.ts"
import { fakeState, fakeTarget } from "../operations/testing/fake-target.ts"
import { statusResult } from "../results/status.ts"
import { environmentStatus } from "../status/environment-status.ts"
import { plain } from "../testing/plain.ts"
import { renderStatus } from "./status.ts"

const signal = AbortSignal.timeout(10_000)

function servicesOf(state: EnvironmentState) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-status-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return fakeServices(directory, { target: fakeTarget({ state }), regions: ["east", "west"] })
}

/** As `status --json` prints it: what people see and what programs get is the same document. */
async function statusOf(state: EnvironmentState) {
  const status = await environmentStatus(servicesOf(state), signal)
  expect(statusResult.parse(status)).toEqual(status)
  return { status, lines: plain(renderStatus(status)) }
}

const row = (lines: readonly string[], region: string) => lines.find(line => line.trim().startsWith(region)) ?? ""

describe("the status", () => {
  it("of a healthy environment shows who is primary, what lags and what answers", async () => {
    const { status, lines } = await statusOf(fakeState("east", "http://127.0.0.1:8080"))
    expect(status).toMatchObject({ healthy: true, primary: "east", epoch: 1, operation: null })
    expect(lines.slice(0, 3)).toEqual([
      "bot · local · local   ● healthy",
      "entry    http://127.0.0.1:8080",
      "primary  east · epoch 1 · durability async",
    ])
    expect(row(lines, "east")).toMatch(/primary +● running +- +r1 +7 +● ready +- +0 +0/)
    expect(row(lines, "west")).toMatch(/standby +● running, streaming +2\.0 KiB +r1 +7 +● ready/)
  })

  it("of an environment with a dead region shows the region with why, and the others as they are", async () => {
    const state = fakeState("east")
    const dead = {
      ...state.regions[1]!,
      reachable: false,
      healthy: false,
      detail: "its supervisor does not answer",
      role: "unknown" as const,
      database: "unknown" as const,
      replicas: [],
    }
    const { status, lines } = await statusOf({ ...state, regions: [state.regions[0]!, dead] })
    expect(status.healthy).toBe(false)
    expect(lines[0]).toContain("○ not healthy")
    expect(row(lines, "east")).toMatch(/● ready/)
    expect(row(lines, "west")).toMatch(/unknown +○ unknown +- +- +- +○ its supervisor does not answer/)
  })

  it("of what is not deployed says so without inventing anything", async () => {
    const { status, lines } = await statusOf(fakeState(null))
    expect(status).toMatchObject({ healthy: false, primary: null, epoch: null, entry: { url: null } })
    expect(lines.slice(0, 4)).toEqual([
      "bot · local · local   ○ not healthy",
      "entry    none  not deployed",
      "primary  none · epoch ? · durability async",
      "witness  not deployed",
    ])
  })

  it("says when another region than the preferred one is primary", async () => {
    const { lines } = await statusOf(fakeState("west"))
    expect(lines[2]).toBe("primary  west (chatops.yaml prefers east) · epoch 1 · durability async")
  })

  it("says what a failover now would lose, where the environment is async, and nothing of it elsewhere", async () => {
    const state = fakeState("east")
    const { status, lines } = await statusOf(state)
    expect(status.failover).toMatchObject({ possible: true, to: "west", wouldLose: { turns: 0 } })
    expect(status.failover?.wouldLose?.seconds).toBeGreaterThanOrEqual(0.5)
    expect(lines).toContain(
      "failover west would take over now (async: what was acknowledged in the last 0.5 s is lost, 0 turns as of now)",
    )
    const register = { ...state.witness.register!, inSync: { region: "west", incarnation: "w0" } }
    const guarded = await statusOf({ ...state, witness: { ...state.witness, register } })
    expect(guarded.status.failover).toMatchObject({ possible: true, wouldLose: null })
    expect(guarded.lines).toContain("failover west would take over now, and nothing acknowledged would be lost")
  })

  it("shows how the gateway sees each replica", async () => {
    const state = fakeState("east")
    const backend = { id: "east/r1", state: "ejected", active: 3 }
    const gateway = { backends: [backend] } as unknown as EnvironmentState["entry"]["gateway"]
    const { status, lines } = await statusOf({ ...state, entry: { ...state.entry, gateway } })
    expect(status.regions[0]?.replicas[0]).toMatchObject({ gateway: "ejected", active: 3 })
    expect(status.regions[1]?.replicas[0]).toMatchObject({ gateway: null, active: 0 })
    expect(row(lines, "east")).toMatch(/ejected +3 +0/)
  })

  it("says that a receiver was not told, and nothing where all were", async () => {
    const failure = {
      at: "2026-01-01T00:00:00.000Z",
      receiver: "example.com",
      type: "readiness.changed",
      reason: "HTTP 500",
    }
    const told = async (again: string | null, attempts: number) =>
      (await statusOf({ ...fakeState("east"), notify: { waiting: 1, failure: { ...failure, again, attempts } } })).lines
    expect(await told(failure.at, 1)).toContain(
      "notify   example.com was not told of readiness.changed: HTTP 500, 1 attempt",
    )
    expect(await told(null, 30)).toContain(
      "notify   example.com was not told of readiness.changed: HTTP 500, 30 attempts, given up",
    )
    const { lines } = await statusOf({ ...fakeState("east"), notify: { waiting: 3, failure: null } })
    expect(lines.filter(line => line.startsWith("notify"))).toEqual([])
  })

  it("says what was lost with a former primary, that nothing was, and what could not be read", async () => {
    const file = "/state/lost-turns/4-i1.jsonl"
    const three = { epoch: 4, primary: "east", claim: "forced", turns: 3, repeated: 0, file } as const
    const shown = async (west: Partial<EnvironmentState["regions"][number]>) => {
      const state = fakeState("east")
      const regions = [state.regions[0]!, { ...state.regions[1]!, ...west }]
      const { status, lines } = await statusOf({ ...state, regions })
      expect(status.healthy).toBe(true)
      return lines.filter(line => line.startsWith("lost"))
    }
    expect(await shown({})).toEqual([])
    expect(await shown({ lostTurns: three })).toEqual([
      `lost     west: 3 turns of epoch 4 were lost when east was made primary (forced); they are kept in ${file}`,
    ])
    expect(await shown({ lostTurns: { ...three, turns: 0, claim: "async", file: null } })).toEqual([
      "lost     west: nothing of epoch 4 was lost when east was made primary (async)",
    ])
    expect(await shown({ lostTurns: { ...three, turns: 1, repeated: 2, primary: null, claim: null } })).toEqual([
      `lost     west: 1 turn of epoch 4 was lost when another region was made primary; 2 other requests were answered again; they are kept in ${file}`,
    ])
    expect(await shown({ unread: { directory: "/d/i1", problem: "no WAL" } })).toEqual([
      "lost     west: what it held as a former primary could not be read (no WAL), and is kept in /d/i1",
    ])
  })

  it("says how the last drill ended, and how long ago", async () => {
    const services = servicesOf(fakeState("east"))
    const endedAt = new Date(Date.now() - 3 * 86_400_000 - 1_000).toISOString()
    const record = { id: "op-1", endedAt, outcome: "missed", scenario: { name: "kill-region" } }
    const drill = {
      kind: "drill",
      choice: {},
      followsConfiguration: false,
      supersedes: [],
      steps: [step("record", async () => ({ output: { record } }))],
    }
    expect((await environmentStatus(services, signal)).lastDrill).toBe(null)
    await runOperation(drill, { services, signal, listen: () => {} })
    const status = await environmentStatus(services, signal)
    expect(statusResult.parse(status).lastDrill).toMatchObject({ id: "op-1", scenario: "kill-region" })
    expect(plain(renderStatus(status))).toContain("drill    kill-region missed, 3 days ago")
  })

  it("names an unfinished operation and how to go on with it", async () => {
    const services = servicesOf(fakeState("east"))
    const steps = [step("regions", () => Promise.reject(new Error("no")))]
    const broken = { kind: "deploy", choice: {}, followsConfiguration: true, supersedes: [], steps }
    await runOperation(broken, { services, signal, listen: () => {} }).catch(() => undefined)
    const status = await environmentStatus(services, signal)
    expect(status.operation).toMatchObject({ kind: "deploy", step: "regions", pid: null })
    expect(plain(renderStatus(status))[3]).toMatch(
      /^unfinished deploy op-\S+ at step regions: `chatops resume`, or `chatops resume --abort`$/,
    )
  })

  it("tells an operation that is running from one that was left, also before it has changed anything", async () => {
    const services = servicesOf(fakeState("east"))
    const seen: [string, string | undefined][] = []
    const look = async () => {
      const status = await environmentStatus(services, signal)
      seen.push([`${status.operation?.step} ${status.operation?.pid}`, plain(renderStatus(status))[3]])
      return undefined
    }
    const steps = [harmlessStep("plan", look), step("regions", look)]
    const running = { kind: "deploy", choice: {}, followsConfiguration: true, supersedes: [], steps }
    const { id } = await runOperation(running, { services, signal, listen: () => {} })
    expect(seen).toEqual(
      ["plan", "regions"].map(name => [
        `${name} ${process.pid}`,
        `running  deploy ${id} at step ${name} (pid ${process.pid})`,
      ]),
    )
    expect((await environmentStatus(services, signal)).operation).toBeNull()
  })

  it.each([
    [{ bytes: 0, seconds: 0, turns: 0 }, "0 B"],
    [{ bytes: 900, seconds: 0, turns: 0 }, "900 B"],
    [{ bytes: 2_048, seconds: 0.02, turns: 1 }, "2.0 KiB · 1 turn"],
    [{ bytes: 1_258_291, seconds: 3.4, turns: 12 }, "1.2 MiB · 3.4 s · 12 turns"],
    [{ bytes: 5_000 * 1_048_576, seconds: 7_384, turns: 10_000 }, "4.9 GiB · 123 min 4 s · 10000 turns or more"],
    [null, "unknown"],
  ])("shows a lag of %o as %s", async (lag, shown) => {
    const state = fakeState("east")
    const { lines } = await statusOf({ ...state, regions: [state.regions[0]!, { ...state.regions[1]!, lag }] })
    expect(row(lines, "west")).toContain(` ${shown} `)
  })
})
