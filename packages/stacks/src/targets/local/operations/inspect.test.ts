import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import type { Environment } from "../../../environment.ts"
import { regionSpec } from "../../../testing/region-spec.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { scratchState } from "../../../testing/scratch-state.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { type Control, ControlServer } from "../agent/control-server.ts"
import type { AgentSpec } from "../agent/spec.ts"
import type { AgentState } from "../agent/state.ts"
import { type Part, partPaths } from "../layout.ts"
import { inspectLocal } from "./inspect.ts"

let environment: Environment

beforeEach(() => {
  const root = scratchState()
  const directories = { state: join(root, "app-1", "local"), run: join(root, "run"), cache: join(root, "cache") }
  // Only what is looked at.
  environment = { directories, config: { name: "local", regions: [{ name: "east" }, { name: "west" }] } } as never
})

function wasAskedFor(part: Part, spec: AgentSpec | string): void {
  const file = join(partPaths(environment.directories, part).directory, "spec.json")
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof spec === "string" ? spec : JSON.stringify(spec))
}

async function answers(
  part: Part,
  state: Pick<AgentState, "spec" | "region"> & Partial<AgentState>,
  { socket } = partPaths(environment.directories, part),
  admin: Control["admin"] = async () => ({}),
): Promise<void> {
  const whole: AgentState = {
    kind: part.kind,
    pid: 1,
    startedAt: "",
    settled: true,
    phase: "running",
    failure: null,
    processes: [],
    ...state,
  }
  const server = new ControlServer({ state: async () => whole, apply: async () => undefined, admin })
  await server.listen(socket)
  onTestFinished(() => server.close())
}

it("finds nothing deployed in an empty directory, and does not mind", async () => {
  expect(await inspectLocal(environment)).toMatchObject({
    deployed: false,
    witness: { reachable: false, register: null },
    entry: { reachable: false, url: null, gateway: null },
    regions: [
      { name: "east", reachable: false, role: "unknown", replicas: [] },
      { name: "west", reachable: false, role: "unknown", replicas: [] },
    ],
  })
})

it("shows a dead region beside a living one, with the replicas that it should have", async () => {
  const [east, west] = [regionSpec({ replicas: ["r1"] }), regionSpec({ region: "west", replicas: ["r1", "r2"] })]
  wasAskedFor({ kind: "region", region: "west" }, west)
  await answers(
    { kind: "region", region: "east" },
    {
      spec: east,
      region: {
        role: "primary",
        register: null,
        incarnation: "i1",
        database: "running",
        streaming: false,
        witnessAnswers: false,
      },
      processes: [{ name: "r1", status: "running", ready: true, reasons: [], pid: 7, restarts: 2 }],
    },
  )
  const { regions } = await inspectLocal(environment)
  expect(regions[0]).toMatchObject({
    role: "primary",
    healthy: true,
    witnessAnswers: false,
    replicas: [{ name: "r1", ready: true, pid: 7, restarts: 2 }],
  })
  expect(regions[1]).toMatchObject({ reachable: false, healthy: false, release: "r-1", detail: "not running" })
  expect(regions[1]!.replicas).toMatchObject([
    { name: "r1", ready: false, detail: "not running" },
    { name: "r2", ready: false, detail: "not running" },
  ])
})

it("asks where a supervisor listens, not where it would today; but not the original of a copied directory", async () => {
  const part = { kind: "region", region: "east" } as const
  const { directory } = partPaths(environment.directories, part)
  const spec = regionSpec({ directory, socket: join(scratchDirectory(), "r-east") })
  await answers(part, { spec, region: null }, spec)
  wasAskedFor(part, spec)
  expect((await inspectLocal(environment)).regions[0]).toMatchObject({ reachable: true })
  wasAskedFor(part, { ...spec, directory: "/original" })
  expect((await inspectLocal(environment)).regions[0]).toMatchObject({ reachable: false })
})

it("does not call a standby healthy that receives nothing", async () => {
  const spec = regionSpec({ region: "west" })
  const standby = { role: "standby", incarnation: "i2", database: "running" } as const
  const register = { ...firstRegister, primary: "east" }
  await answers({ kind: "region", region: "west" }, { spec, region: { ...standby, register, streaming: false } })
  await answers(
    { kind: "region", region: "east" },
    { spec: regionSpec(), region: { ...standby, register, streaming: true } },
  )
  expect((await inspectLocal(environment)).regions).toMatchObject([
    // A version that does not say whether the witness answers.
    { name: "east", healthy: true, detail: "running", witnessAnswers: null },
    { name: "west", reachable: true, healthy: false, detail: "not streaming from east" },
  ])
})

it("has the primary tell what each standby lacks, and nobody while two regions call themselves primary", async () => {
  const lag = { bytes: 7, seconds: 1.5, turns: 2 }
  const said = { position: "1/10", committedAt: Date.parse("2026-01-01T00:00:00Z"), turns: 3, turnsAfter: "-infinity" }
  const replayed = { position: 2 ** 32 + 16, committedAt: "2026-01-01T00:00:00.000Z" }
  const admin: Control["admin"] = async (name, input) => (name === "replayed" ? said : { ...lag, asked: input })
  const region = { register: null, incarnation: "i", database: "running", streaming: false } as const
  const [east, west] = [{ kind: "region", region: "east" } as const, { kind: "region", region: "west" } as const]
  const [eastSpec, westSpec] = [regionSpec(), regionSpec({ region: "west" })]
  await answers(east, { spec: eastSpec, region: { ...region, role: "primary" } }, undefined, admin)
  expect((await inspectLocal(environment)).regions[1]).toMatchObject({ lag: null })
  await answers(west, { spec: westSpec, region: { ...region, role: "standby" } }, undefined, admin)
  expect((await inspectLocal(environment)).regions).toMatchObject([
    { name: "east", lag: null, replayed: null },
    { name: "west", lag: { ...lag, asked: said }, replayed },
  ])
  await answers(west, { spec: westSpec, region: { ...region, role: "primary" } }, undefined, admin)
  expect((await inspectLocal(environment)).regions.map(({ lag }) => lag)).toEqual([null, null])
})

it("has a standby tell how far it has come where there is no primary to ask what it lacks", async () => {
  const west = { kind: "region", region: "west" } as const
  const said = { position: "0/A", committedAt: null, turns: 0, turnsAfter: "-infinity" }
  const region = { role: "standby", register: null, incarnation: "i", database: "running", streaming: false } as const
  await answers(west, { spec: regionSpec({ region: "west" }), region }, undefined, async () => said)
  expect((await inspectLocal(environment)).regions).toMatchObject([
    { name: "east", lag: null, replayed: null },
    { name: "west", lag: null, replayed: { position: 10, committedAt: null } },
  ])
})

it("shows a failure in its own words", async () => {
  const failure = { code: "DATABASE_LOST", message: "the data is gone" }
  const state = { spec: regionSpec(), region: null, settled: false, failure }
  await answers({ kind: "region", region: "east" }, state)
  const [east] = (await inspectLocal(environment)).regions
  expect(east).toMatchObject({ reachable: true, healthy: false, detail: "the data is gone" })
})

it("reads the register of a witness that is dead, and survives one that cannot be read", async () => {
  const { directory } = partPaths(environment.directories, { kind: "witness" })
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, "register.json"), JSON.stringify({ ...firstRegister, epoch: 3, primary: "west" }))
  expect((await inspectLocal(environment)).witness.register).toMatchObject({ epoch: 3, primary: "west" })
  writeFileSync(join(directory, "register.json"), "{")
  wasAskedFor({ kind: "region", region: "east" }, "{")
  expect((await inspectLocal(environment)).witness.register).toBeNull()
})
