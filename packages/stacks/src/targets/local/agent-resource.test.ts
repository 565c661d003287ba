import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { regionSpec } from "../../testing/region-spec.ts"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import { ControlServer } from "./agent/control-server.ts"
import { storedProgram } from "./agent/program-store.ts"
import type { AgentSpec } from "./agent/spec.ts"
import type { AgentState } from "./agent/state.ts"
import { agentHandler } from "./agent-resource.ts"
import { AskedSpecs } from "./asked-specs.ts"

it("touches nothing that is not below its own environment, whatever the engine's state names", async () => {
  const root = scratchDirectory()
  const own = { state: join(root, "copy"), run: join(root, "run"), cache: join(root, "cache") }
  const foreign = [join(root, "original", "witness"), `${own.state}-sibling`, join(own.state, "..", "other"), own.state]
  for (const directory of foreign) {
    mkdirSync(directory, { recursive: true })
    const outputs = { spec: JSON.stringify({ directory, socket: join(own.run, "witness") }) }
    const removing = agentHandler({ own, asked: new AskedSpecs(), progress: () => {} }).delete(
      "id",
      outputs,
      AbortSignal.timeout(5_000),
    )
    await expect(removing).rejects.toMatchObject({ code: "STATE_FOREIGN" })
    expect(existsSync(directory)).toBe(true)
  }
})

it("makes and changes nothing that this run did not ask for, though it be within the environment", async () => {
  const root = scratchDirectory()
  const own = { state: root, run: join(root, "run"), cache: join(root, "cache") }
  const handler = agentHandler({ own, asked: new AskedSpecs(), progress: () => {} })
  const spec = JSON.stringify(regionSpec({ directory: join(root, "regions", "east"), socket: join(root, "run", "e") }))
  const signal = AbortSignal.timeout(5_000)
  await expect(handler.create("urn", { spec }, signal)).rejects.toMatchObject({ code: "STATE_FOREIGN" })
  await expect(handler.update("id", { spec }, { spec }, signal)).rejects.toMatchObject({ code: "STATE_FOREIGN" })
  expect(existsSync(join(root, "regions"))).toBe(false)
})

/** An agent that does what this spec says, in this store or, as an earlier version, in none, and what the next plan says of it. */
async function running(spec: AgentSpec, store?: string, failure: AgentState["failure"] = null) {
  const state: AgentState = {
    kind: spec.kind,
    pid: 1,
    startedAt: "",
    ...(store && { runsFrom: { store, node: process.execPath } }),
    spec,
    settled: true,
    phase: "running",
    failure,
    processes: [],
    region: null,
  }
  const server = new ControlServer({ state: async () => state, apply: async () => undefined, admin: async () => ({}) })
  await server.listen(spec.socket)
  onTestFinished(() => server.close())
  mkdirSync(spec.directory, { recursive: true })
  writeFileSync(join(spec.directory, "spec.json"), JSON.stringify(spec))
  const own = { state: "/s", run: "/r", cache: "/c" }
  const handler = agentHandler({ own, asked: new AskedSpecs(), progress: () => undefined })
  return async (wanted: AgentSpec) =>
    (await handler.diff("id", { spec: JSON.stringify(spec) }, { spec: JSON.stringify(wanted) })).reasons
}

it("plans to put programs back that were removed from below a running supervisor", async () => {
  const root = scratchDirectory()
  const spec = regionSpec({ directory: join(root, "east"), socket: join(root, "run", "r-east") })
  const program = storedProgram(root, "agent", spec.bundles.agent)
  mkdirSync(dirname(program))
  writeFileSync(program, "")
  const plan = await running(spec, root)
  expect(await plan(spec)).toEqual([])
  rmSync(dirname(program), { recursive: true })
  expect(await plan(spec)).toEqual([`what it runs was removed: ${program}`])
})

it("plans to move a supervisor that listens elsewhere, and to restart one of another version", async () => {
  const root = scratchDirectory()
  const spec = regionSpec({ directory: join(root, "east"), socket: join(root, "before", "r-east") })
  const plan = await running(spec, root)
  expect(await plan({ ...spec, socket: join(root, "run", "r-east") })).toContain("its place on this machine changed")
  const { bundles: _, ...before } = spec
  expect(before).not.toHaveProperty("bundles")
  const upgrade = await running({ ...before, programs: "before" } as AgentSpec)
  expect(await upgrade(spec)).toEqual(["chatops itself is another version: its supervisor restarts"])
})

it("plans to mend what failed, and nothing of a region that only waits for the witness, which is a part of its own", async () => {
  const root = scratchDirectory()
  const spec = regionSpec({ directory: join(root, "east"), socket: join(root, "run", "r-east") })
  const planOf = async (code: string) => (await running(spec, undefined, { code, message: "it is so" }))(spec)
  expect(await planOf("DATABASE_COPY")).toEqual(["it failed: it is so"])
  expect(await planOf("WITNESS_UNREACHABLE")).toEqual([])
})
