import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  ChatopsError,
  type Difference,
  type Environment,
  type OpenTarget,
  type Properties,
  type ResourceHandler,
  type TargetPrograms,
} from "@chatops/stacks"
import { afterEach, beforeEach, expect, it } from "vitest"
import { begunStacks } from "./begun-stacks.ts"
import { Engine } from "./engine.ts"
import { findPulumi } from "./find-pulumi.ts"

const noPulumi = await findPulumi({ lookOnly: true }).then(
  () => undefined,
  (error: Error) => `${error.message}: run \`npm start\` once`,
)

const type = "chatops:test:Thing"

/** What there is in the world, and what was asked of it. */
class Things implements ResourceHandler {
  readonly world = new Map<string, Properties>()
  readonly calls: string[] = []
  reasons: readonly string[] = []
  /** What the next change does before it succeeds. */
  hindrance: (signal: AbortSignal) => Promise<void> = async () => undefined

  async create(_urn: string, inputs: Properties, signal: AbortSignal) {
    this.calls.push("create")
    await this.hindrance(signal)
    this.world.set("thing", inputs)
    return { id: "thing", outputs: inputs }
  }
  async diff(_id: string, outputs: Properties, inputs: Properties): Promise<Difference> {
    this.calls.push("diff")
    const changed = outputs["size"] === inputs["size"] ? [] : [`size: ${outputs["size"]} → ${inputs["size"]}`]
    return { reasons: [...changed, ...this.reasons] }
  }
  async update(id: string, _outputs: Properties, inputs: Properties, signal: AbortSignal) {
    this.calls.push("update")
    await this.hindrance(signal)
    this.world.set(id, inputs)
    return inputs
  }
  async delete(id: string, _outputs: Properties, signal: AbortSignal) {
    this.calls.push("delete")
    await this.hindrance(signal)
    this.world.delete(id)
  }
}

let state: string
let environment: Environment
let things: Things
let size: string
let cancel: AbortController
let engine: Engine

const programs: TargetPrograms = {
  base: async () => {
    const { default: pulumi } = await import("@pulumi/pulumi")
    class Thing extends pulumi.CustomResource {}
    new Thing(type, "thing", { size })
    return { size }
  },
  region: async (_region, earlier) => ({ base: await earlier.base() }),
  entry: async () => ({}),
}

async function open(): Promise<Engine> {
  // Only what the engine reads.
  environment = { app: { app: "bot" }, directories: { state } } as Environment
  const target = { resources: () => new Map([[type, things]]) } as unknown as OpenTarget
  return Engine.open(environment, target, programs, { signal: cancel.signal, onProgress: () => undefined })
}

beforeEach(async context => {
  if (noPulumi) return context.skip(noPulumi)
  state = mkdtempSync(join(tmpdir(), "chatops-engine-"))
  things = new Things()
  size = "small"
  cancel = new AbortController()
  engine = await open()
})
afterEach(async () => {
  await engine?.close()
  rmSync(state, { recursive: true, force: true })
})

const patience = 90_000

it("keeps checkpoints without sidecars, which an engine that is killed would leave empty", {
  timeout: patience,
}, async () => {
  await engine.update("base")
  const files = readdirSync(state, { recursive: true, encoding: "utf8" })
  expect(files.filter(file => /stacks.*base\.json$/.test(file))).toHaveLength(1)
  expect(files.filter(file => file.endsWith(".attrs"))).toEqual([])
})

it(
  "makes, compares, changes and removes what a program asks for, with reasons",
  async () => {
    expect(await engine.preview("base")).toEqual([
      { stack: "base", operation: "create", resource: "base", reasons: [] },
    ])
    expect(things.calls).toEqual([])
    await engine.update("base")
    expect(await engine.outputs("base")).toEqual({ size: "small" })
    expect(things.world.get("thing")).toEqual({ size: "small" })
    expect(await engine.preview("base")).toEqual([])

    size = "large"
    things.reasons = ["it is not running"]
    const reasons = ["size: small → large", "it is not running"]
    expect(await engine.preview("base")).toEqual([{ stack: "base", operation: "update", resource: "thing", reasons }])
    await engine.update("base")
    things.reasons = []
    expect(things.world.get("thing")).toEqual({ size: "large" })

    await engine.update("region-east")
    expect(await engine.outputs("region-east")).toEqual({ base: { size: "large" } })
    expect((await begunStacks(environment)).sort()).toEqual(["base", "region-east"])
    await engine.destroy("region-east")
    // As after a kill in the middle of a removal: the stack is gone, and its marks are as they were then.
    const marks = join(state, "pulumi", "work", "base")
    things.hindrance = async () => cpSync(marks, `${marks}.kept`, { recursive: true })
    await engine.destroy("base")
    renameSync(`${marks}.kept`, marks)
    await engine.destroy("base")
    expect([things.world.size, await begunStacks(environment)]).toEqual([0, []])
  },
  patience,
)

it(
  "passes on an error of its own as a whole, once, and can try again",
  async () => {
    const details = { port: 8080 }
    things.hindrance = async () => {
      throw new ChatopsError("PORT_TAKEN", "port 8080 is held by pid 1", { details })
    }
    await expect(engine.update("base")).rejects.toMatchObject({ code: "PORT_TAKEN", details })
    things.hindrance = async () => {
      throw Object.assign(new Error("write"), { code: "ENOSPC", syscall: "write", path: "/state" })
    }
    await expect(engine.update("base")).rejects.toMatchObject({ code: "DISK_FULL" })
    things.hindrance = async () => undefined
    await engine.update("base")
    expect(things.world.size).toBe(1)
  },
  patience,
)

it(
  "reports an engine's own failure with the engine's words, not with an earlier one's",
  async () => {
    things.hindrance = async () => {
      throw new ChatopsError("PORT_TAKEN", "port 8080 is taken")
    }
    await expect(engine.update("base")).rejects.toMatchObject({ code: "PORT_TAKEN" })
    things.hindrance = async () => undefined
    const { base } = programs
    const broken = { ...programs, base: async () => Promise.reject(new Error("the program is broken")) }
    Object.assign(programs, broken)
    try {
      const text = expect.stringContaining("the program is broken")
      await expect(engine.update("base")).rejects.toMatchObject({ code: "ENGINE_FAILED", details: { output: text } })
    } finally {
      Object.assign(programs, { base })
    }
  },
  patience,
)

it(
  "stops what its provider does when it is cancelled, and leaves no lock",
  async () => {
    const began = Promise.withResolvers<void>()
    things.hindrance = signal =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason))
        began.resolve()
      })
    const reason = new Error("Ctrl-C")
    const updated = expect(engine.update("base")).rejects.toBe(reason)
    await began.promise
    cancel.abort(reason)
    await updated
    await engine.close()

    things.hindrance = async () => undefined
    cancel = new AbortController()
    engine = await open()
    await engine.update("base")
    expect(things.world.size).toBe(1)
  },
  patience,
)

it(
  "stops one update alone, and goes on with the same stack at once",
  async () => {
    const began = Promise.withResolvers<void>()
    things.hindrance = signal =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason))
        began.resolve()
      })
    const stop = new AbortController()
    const stopped = expect(engine.update("base", stop.signal)).rejects.toThrow()
    await began.promise
    stop.abort()
    await stopped

    things.hindrance = async () => undefined
    await engine.update("base")
    expect(things.world.size).toBe(1)
  },
  patience,
)
