import { randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { openLedger } from "./ledger.ts"
import { clone, git, repository, temporaryDirectory, useGitConfig } from "./testing/repository.ts"
import { record } from "./testing/sample-record.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n[core]\n  autocrlf = true\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

const file = (path: string, content: string | Buffer) => ({ path, content: Buffer.from(content) })

it("brings files in the record's own commit, byte for byte", async () => {
  const directory = repository()
  const ledger = openLedger(directory)
  const bytes = Buffer.concat([Buffer.from("\r\n\0"), randomBytes(100_000)])
  await ledger.append(record({ id: "before" }))
  await ledger.append(record(), {
    files: [file("drills/prod/op-1/events.gz", bytes), file("keys/prod.pem", "key\r\n")],
  })
  expect(git(directory, "diff", "--name-only", "chatops/ledger~", "chatops/ledger").split("\n")).toEqual([
    "drills/prod/op-1/events.gz",
    "keys/prod.pem",
    "operations/2026/03/op-1.json",
  ])
  const view = await ledger.view()
  expect(view.files("drills/prod")).toEqual(["drills/prod/op-1/events.gz"])
  const read = await view.read(["drills/prod/op-1/events.gz", "keys/prod.pem", "drills/prod", "nowhere"])
  expect([...read]).toEqual([
    ["drills/prod/op-1/events.gz", bytes],
    ["keys/prod.pem", Buffer.from("key\r\n")],
  ])
  expect((await ledger.entries({ limit: 9 })).map(entry => entry.record.id).sort()).toEqual(["before", "op-1"])
  expect(git(directory, "fsck", "--strict", "--no-dangling")).toBe("")
})

it("reads nothing from a repository without a ledger", async () => {
  const view = await openLedger(repository()).view()
  expect([view.commit, view.files("drills"), await view.history("drills")]).toEqual([null, [], []])
  expect(await view.read(["drills/x"])).toEqual(new Map())
})

it("shows what it was opened on, whatever is appended meanwhile", async () => {
  const ledger = openLedger(repository())
  await ledger.append(record({ id: "a" }), { files: [file("drills/a", "a")] })
  const view = await ledger.view()
  await ledger.append(record({ id: "b" }), { files: [file("drills/b", "b")] })
  expect(view.files("drills")).toEqual(["drills/a"])
})

it("changes nothing when a resumed operation brings its files again, also others", async () => {
  const ledger = openLedger(repository())
  await ledger.append(record(), { files: [file("drills/a", "first")] })
  const { commit } = await ledger.view()
  await ledger.append(record(), { files: [file("drills/a", "second"), file("drills/b", "new")] })
  expect((await ledger.view()).commit).toBe(commit)
})

it("takes a file that is there already when it is the same, and never replaces one", async () => {
  const ledger = openLedger(repository())
  await ledger.append(record({ id: "a" }), { files: [file("keys/k.pem", "key")] })
  await ledger.append(record({ id: "b" }), { files: [file("keys/k.pem", "key"), file("drills/b", "b")] })
  const other = ledger.append(record({ id: "c" }), { files: [file("keys/k.pem", "other")] })
  await expect(other).rejects.toMatchObject({ code: "LEDGER_CONFLICT", details: { path: "keys/k.pem" } })
  expect((await ledger.entries({ limit: 9 })).map(entry => entry.record.id).sort()).toEqual(["a", "b"])
})

it.each([
  "../x",
  "/x",
  "a//b",
  "a/../b",
  ".git/config",
  "a/.git",
  "operations/2026/03/op-9.json",
  "",
  "a/",
  "a b",
  "-/.x",
])("refuses %j as a file's place", async path => {
  const ledger = openLedger(repository())
  await expect(ledger.append(record(), { files: [file(path, "x")] })).rejects.toThrow("no place")
  expect((await ledger.view()).commit).toBeNull()
})

it("refuses a file where a directory is, and one where a directory has to go", async () => {
  const ledger = openLedger(repository())
  await ledger.append(record({ id: "a" }), { files: [file("drills/a/x", "x")] })
  for (const path of ["drills/a", "drills/a/x/y"])
    await expect(ledger.append(record({ id: "b" }), { files: [file(path, "y")] })).rejects.toMatchObject({
      code: expect.stringMatching(/^LEDGER_/),
    })
})

it("carries files along when its entries go on top of what others pushed", async () => {
  const remote = temporaryDirectory()
  git(remote, "init", "--quiet", "--bare")
  const [here, there] = [openLedger(clone(remote)), openLedger(clone(remote))]
  await there.append(record({ id: "theirs" }), { files: [file("drills/theirs/x", "1"), file("keys/k", "k")] })
  await there.push()
  for (const id of ["ours-1", "ours-2"])
    await here.append(record({ id }), { files: [file(`drills/${id}/x`, id), file("keys/k", "k")] })
  expect((await here.push()).outcome).toBe("pushed")
  await there.push()
  const [view, seen] = [await here.view(), await there.view()]
  expect(seen.commit).toBe(view.commit)
  expect(view.files("drills")).toEqual(["drills/ours-1/x", "drills/ours-2/x", "drills/theirs/x"])
  expect((await view.history("drills")).map(({ path, position }) => [path, position])).toEqual([
    ["drills/theirs/x", 0],
    ["drills/ours-1/x", 1],
    ["drills/ours-2/x", 2],
  ])
})

it("remembers what was added, also what is gone, and tells what was changed since", async () => {
  const directory = repository()
  const ledger = openLedger(directory)
  for (const id of ["a", "b", "c"]) await ledger.append(record({ id }), { files: [file(`drills/${id}`, id)] })
  git(directory, "checkout", "--quiet", "chatops/ledger")
  git(directory, "rm", "--quiet", "drills/b")
  git(directory, "mv", "drills/c", "drills/d")
  writeFileSync(join(directory, "drills/a"), "changed")
  git(directory, "add", "drills/a")
  git(directory, "-c", "user.name=M", "-c", "user.email=m@example.com", "commit", "--quiet", "-m", "Tidy up")
  const history = await (await ledger.view()).history("drills")
  expect(history.map(({ path, position, changed }) => [path, position, changed])).toEqual([
    ["drills/a", 0, true],
    ["drills/b", 1, false],
    ["drills/c", 2, false],
    ["drills/d", 3, false],
  ])
})
