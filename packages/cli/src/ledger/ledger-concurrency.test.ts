import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { openLedger } from "./ledger.ts"
import { clone, git, repository, temporaryDirectory, useGitConfig } from "./testing/repository.ts"

const worker = fileURLToPath(new URL("testing/append-worker.ts", import.meta.url))
const run = promisify(execFile)

beforeEach(() => useGitConfig(""))
afterEach(() => {
  vi.unstubAllEnvs()
})

/** A process of its own that appends, and pushes after each entry when asked to. */
const appender = (directory: string, prefix: string, count: number, ...push: readonly string[]) =>
  run(process.execPath, [
    "--conditions=chatops-source",
    "--no-warnings",
    worker,
    directory,
    prefix,
    String(count),
    ...push,
  ])

const ids = (prefixes: readonly string[], count: number) =>
  prefixes.flatMap(prefix => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)).sort()

const idsIn = async (directory: string) =>
  (await openLedger(directory).entries({ limit: 10_000 })).map(entry => entry.record.id).sort()

const commitsIn = (directory: string) =>
  git(directory, "log", "--format=%(trailers:key=Chatops-Operation,valueonly,separator=)", "chatops/ledger")
    .split("\n")
    .sort()

it("loses no entry and doubles none when processes append at the same time", { timeout: 120_000 }, async () => {
  const directory = repository()
  const prefixes = ["a", "b", "c", "d", "e"]
  await Promise.all(prefixes.map(prefix => appender(directory, prefix, 4)))
  expect(await idsIn(directory)).toEqual(ids(prefixes, 4))
  expect(commitsIn(directory)).toEqual(ids(prefixes, 4))
  expect(git(directory, "rev-list", "--min-parents=2", "chatops/ledger")).toBe("")
  expect(git(directory, "fsck", "--strict", "--no-dangling")).toBe("")
})

it("loses no entry and doubles none when clones push at the same time", { timeout: 120_000 }, async () => {
  const remote = temporaryDirectory()
  git(remote, "init", "--quiet", "--bare")
  const clones = ["a", "b", "c"].map(prefix => ({ prefix, directory: clone(remote) }))
  // Two processes in each clone: local and remote races at once.
  await Promise.all(
    clones.flatMap(({ prefix, directory }) => [
      appender(directory, prefix, 3, "push"),
      appender(directory, `${prefix}${prefix}`, 3, "push"),
    ]),
  )
  for (const { directory } of clones) expect((await openLedger(directory).push()).outcome).toBe("pushed")
  const expected = ids(
    clones.flatMap(({ prefix }) => [prefix, `${prefix}${prefix}`]),
    3,
  )
  expect(await idsIn(remote)).toEqual(expected)
  expect(commitsIn(remote)).toEqual(expected)
  for (const { directory } of clones) {
    await openLedger(directory).push()
    expect(await idsIn(directory)).toEqual(expected)
    expect(git(directory, "for-each-ref", "refs/chatops")).toBe("")
  }
})
