import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { openLedger } from "./ledger.ts"
import { readNewest } from "./read-newest.ts"
import { clone, git, repository, temporaryDirectory, useGitConfig } from "./testing/repository.ts"
import { record } from "./testing/sample-record.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

/** An operation that brings these files. */
const bring = (directory: string, id: string, ...paths: readonly string[]) =>
  openLedger(directory).append(record({ id }), {
    files: paths.map(path => ({ path, content: Buffer.from(`${path}\n`) })),
  })
const newest = async (directory: string, place = "drills/prod") =>
  (await readNewest(directory, place, "record.json"))?.toString()

it.each([["sha1"], ["sha256"]])("reads the file of the last directory by name (%s)", async format => {
  const directory = repository(`--object-format=${format}`)
  await bring(
    directory,
    "op-1",
    ..."bca".split("").map(id => `drills/prod/${id}/record.json`),
    "drills/local/z/record.json",
  )
  expect(await newest(directory)).toBe("drills/prod/c/record.json\n")
  await bring(directory, "op-2", "drills/prod/d/record.json", "drills/prod/d/report.html")
  expect(await newest(directory)).toBe("drills/prod/d/record.json\n")
})

it("knows also what a clone has seen of the remote's, whichever is later", async () => {
  const origin = repository()
  await bring(origin, "op-1", "drills/prod/b/record.json")
  const here = clone(origin)
  expect(await newest(here)).toBe("drills/prod/b/record.json\n")
  await bring(here, "op-2", "drills/prod/c/record.json")
  expect(await newest(here)).toBe("drills/prod/c/record.json\n")
  await bring(origin, "op-3", "drills/prod/d/record.json")
  expect(await newest(here)).toBe("drills/prod/c/record.json\n")
  git(here, "fetch", "--quiet")
  expect(await newest(here)).toBe("drills/prod/d/record.json\n")
})

it("reads files larger than a pipe holds", async () => {
  const directory = repository()
  const content = Buffer.alloc(300_000, "0123456789\n")
  await openLedger(directory).append(record(), { files: [{ path: "drills/prod/a/record.json", content }] })
  expect((await readNewest(directory, "drills/prod", "record.json"))?.equals(content)).toBe(true)
})

it("finds nothing where there is nothing, or nothing can be read", async () => {
  const directory = repository()
  expect(await newest(directory)).toBeUndefined()
  await bring(directory, "op-1", "drills/prod/a/report.html")
  expect(await newest(directory)).toBeUndefined()
  expect(await newest(directory, "drills/local")).toBeUndefined()
  expect(await newest(temporaryDirectory())).toBeUndefined()
  expect(await newest(join(directory, "none"))).toBeUndefined()
  vi.stubEnv("PATH", temporaryDirectory())
  expect(await newest(directory)).toBeUndefined()
})

it("is not misled by a hook's variables, and reads from below the repository's top", async () => {
  const directory = repository()
  await bring(directory, "op-1", "drills/prod/a/record.json")
  const below = join(directory, "apps/bot/chatops.yaml")
  mkdirSync(dirname(below), { recursive: true })
  writeFileSync(below, "app: x\n")
  vi.stubEnv("GIT_DIR", repository())
  expect(await newest(dirname(below))).toBe("drills/prod/a/record.json\n")
})
