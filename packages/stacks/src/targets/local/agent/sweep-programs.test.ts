import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished, vi } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { sweepPrograms } from "./sweep-programs.ts"

const day = 24 * 60 * 60_000
let store: string
let root: string

beforeEach(() => {
  store = join(scratchDirectory(), "programs")
  root = useRoot()
  onTestFinished(() => void vi.unstubAllEnvs())
})

function useRoot(): string {
  const directory = scratchDirectory()
  vi.stubEnv("CHATOPS_STATE", directory)
  return directory
}

/** In the store since so many days. */
function program(name: string, days: number): void {
  mkdirSync(join(store, name, "assets"), { recursive: true })
  writeFileSync(join(store, name, "assets", "file"), "", { mode: 0o444 })
  const then = new Date(Date.now() - days * day)
  utimesSync(join(store, name), then, then)
}

function deployed(part: string, spec: unknown, state = root): void {
  const directory = join(state, "bot-12345678", "local", part)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, "spec.json"), JSON.stringify(spec))
}

const there = (name: string) => existsSync(join(store, name))

it("removes what no environment has named for a day, and what a killed writer left", async () => {
  for (const name of ["replica-1", "replica-2", "links-1", "witness-1", "gateway-1", ".agent-1.draft"])
    program(name, 30)
  program("replica-3", 0)
  deployed("regions/east", { bundles: { replica: "2", links: "1" } })
  deployed("witness", { bundles: { witness: "1" } })
  deployed("entry", { bundles: { gateway: "1" } })
  await sweepPrograms(store)
  expect(["replica-2", "links-1", "witness-1", "gateway-1", "replica-3"].filter(there)).toHaveLength(5)
  expect(["replica-1", ".agent-1.draft"].filter(there)).toEqual([])
})

it("keeps for a day more what was named until now: a rollout that is stuck still runs it", async () => {
  program("replica-1", 30)
  deployed("regions/east", { bundles: { replica: "1" } })
  await sweepPrograms(store)
  deployed("regions/east", { bundles: { replica: "2" } })
  await sweepPrograms(store)
  expect(there("replica-1")).toBe(true)
  await sweepPrograms(store, Date.now() + day + 1_000)
  expect(there("replica-1")).toBe(false)
})

it("knows every state root that uses the store, until that one is gone", async () => {
  program("replica-1", 30)
  deployed("regions/east", { bundles: { replica: "1" } })
  await sweepPrograms(store)
  useRoot()
  await sweepPrograms(store, Date.now() + 30 * day)
  expect(there("replica-1")).toBe(true)
  rmSync(root, { recursive: true })
  await sweepPrograms(store, Date.now() + 90 * day)
  expect(there("replica-1")).toBe(false)
})

it("minds no spec of a version that had no store, and removes nothing while one cannot be read", async () => {
  program("replica-1", 30)
  deployed("regions/east", { programs: "1" })
  writeFileSync(join(root, "bot-12345678", "local", "regions", "east", "spec.json"), "{")
  await expect(sweepPrograms(store)).rejects.toThrow()
  expect(there("replica-1")).toBe(true)
  deployed("regions/east", { programs: "1" })
  await sweepPrograms(store)
  expect(there("replica-1")).toBe(false)
})
