import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { openLedger } from "./ledger.ts"
import { clone, git, repository, temporaryDirectory, useGitConfig } from "./testing/repository.ts"
import { record } from "./testing/sample-record.ts"

let remote: string
beforeEach(() => {
  useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n")
  remote = temporaryDirectory()
  git(remote, "init", "--quiet", "--bare")
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const ids = async (directory: string) =>
  (await openLedger(directory).entries({ limit: 99 })).map(entry => entry.record.id).sort()

it("has nowhere to push without a remote", async () => {
  const ledger = openLedger(repository())
  await ledger.append(record())
  expect(await ledger.push()).toEqual({ outcome: "no-remote" })
})

it("pushes to origin, or to the remote that the branch is configured for", async () => {
  const directory = clone(remote)
  const ledger = openLedger(directory)
  await ledger.append(record())
  expect(await ledger.push()).toEqual({ outcome: "pushed", remote: "origin" })
  expect(await ids(remote)).toEqual(["op-1"])

  const other = temporaryDirectory()
  git(other, "init", "--quiet", "--bare")
  git(directory, "remote", "add", "audit", other)
  git(directory, "config", "branch.chatops/ledger.remote", "audit")
  expect(await ledger.push()).toEqual({ outcome: "pushed", remote: "audit" })
  expect(await ids(other)).toEqual(["op-1"])
})

it("has nothing to do when neither side has a ledger", async () => {
  expect(await openLedger(clone(remote)).push()).toEqual({ outcome: "pushed", remote: "origin" })
})

it("starts from the remote's ledger in a fresh clone", async () => {
  const first = openLedger(clone(remote))
  await first.append(record({ id: "a" }))
  await first.push()
  const second = clone(remote)
  expect(await ids(second)).toEqual(["a"])
  await openLedger(second).append(record({ id: "b" }))
  expect(git(second, "rev-list", "--count", "chatops/ledger")).toBe("2")
})

it("puts its entries on top of what others pushed; contents, message, author and date stay", async () => {
  const [here, there] = [clone(remote), clone(remote)]
  await openLedger(there).append(record({ id: "theirs" }))
  await openLedger(there).push()
  await openLedger(here).append(record({ id: "ours-1" }))
  await openLedger(here).append(record({ id: "ours-2", startedAt: "2026-04-01T00:00:00.000Z" }))
  const told = () => git(here, "log", "-2", "--format=%an %ae %at %B", "chatops/ledger")
  const before = told()
  expect(await openLedger(here).push()).toEqual({ outcome: "pushed", remote: "origin" })
  expect(told()).toBe(before)
  expect(await ids(here)).toEqual(["ours-1", "ours-2", "theirs"])
  expect(await ids(remote)).toEqual(["ours-1", "ours-2", "theirs"])
  expect(git(remote, "rev-list", "--count", "chatops/ledger")).toBe("3")
})

it("finds the remote's ledger from a pipeline's shallow clone of one branch", async () => {
  const origin = repository()
  git(remote, "fetch", "--quiet", origin, "main:main")
  const there = openLedger(clone(remote))
  await there.append(record({ id: "theirs" }))
  await there.push()
  const here = temporaryDirectory()
  git(here, "clone", "--quiet", "--depth=1", "--branch=main", `file://${remote}`, ".")
  await openLedger(here).append(record({ id: "ours" }))
  expect((await openLedger(here).push()).outcome).toBe("pushed")
  expect(await ids(remote)).toEqual(["ours", "theirs"])
})

it("fetches what others pushed when it has nothing of its own", async () => {
  const [here, there] = [clone(remote), clone(remote)]
  await openLedger(there).append(record({ id: "theirs" }))
  await openLedger(there).push()
  expect((await openLedger(here).push()).outcome).toBe("pushed")
  expect(git(here, "rev-parse", "chatops/ledger")).toBe(git(remote, "rev-parse", "chatops/ledger"))
})

it("drops neither side when one path has two contents", async () => {
  const [here, there] = [clone(remote), clone(remote)]
  await openLedger(there).append(record({ actor: "them" }))
  await openLedger(there).push()
  await openLedger(here).append(record({ actor: "us" }))
  const tip = git(here, "rev-parse", "chatops/ledger")
  expect(await openLedger(here).push()).toMatchObject({
    outcome: "rejected",
    reason: expect.stringContaining("op-1.json"),
  })
  expect(git(here, "rev-parse", "chatops/ledger")).toBe(tip)
})

it.each([
  ["a path that does not exist", "/nowhere/repo.git"],
  ["a port that nobody listens on", "http://127.0.0.1:1/repo.git"],
  ["a host without a name", "https://chatops.invalid/repo.git"],
])("reports %s as unreachable, with git's reason", async (_, url) => {
  const directory = repository()
  git(directory, "remote", "add", "origin", url)
  const ledger = openLedger(directory)
  await ledger.append(record())
  expect(await ledger.push()).toEqual({
    outcome: "unreachable",
    remote: "origin",
    reason: expect.stringMatching(/\w{4}/),
  })
})

it("reports a rule of the remote as rejected, at once and with its reason", async () => {
  const ledger = openLedger(clone(remote))
  await ledger.append(record({ id: "before-the-rule" }))
  await ledger.push()
  writeFileSync(join(remote, "hooks/pre-receive"), "#!/bin/sh\necho no >> calls\nexit 1\n")
  chmodSync(join(remote, "hooks/pre-receive"), 0o755)
  await ledger.append(record())
  expect(await ledger.push()).toMatchObject({
    outcome: "rejected",
    reason: expect.stringContaining("pre-receive hook declined"),
  })
  expect(readFileSync(join(remote, "calls"), "utf8")).toBe("no\n")
})

it("tries again when another push holds the remote's lock at that moment", async () => {
  const directory = clone(remote)
  // The first push finds the branch locked; the second one finds the lock gone.
  writeFileSync(
    join(remote, "hooks/pre-receive"),
    `#!/bin/sh
lock=refs/heads/chatops/ledger.lock
if [ -f tried ]; then rm -f $lock; else mkdir -p refs/heads/chatops; touch tried $lock; fi
`,
  )
  chmodSync(join(remote, "hooks/pre-receive"), 0o755)
  const ledger = openLedger(directory)
  await ledger.append(record())
  expect((await ledger.push()).outcome).toBe("pushed")
})

it("says why when a remote can be read and not be written", async () => {
  const directory = clone(remote)
  git(directory, "remote", "set-url", "--push", "origin", "/nowhere/repo.git")
  const ledger = openLedger(directory)
  await ledger.append(record())
  expect(await ledger.push()).toMatchObject({ outcome: "unreachable", reason: expect.stringContaining("/nowhere") })
})

it("asks nobody for a password", async () => {
  const directory = repository()
  git(directory, "remote", "add", "origin", "ssh://git@127.0.0.1:1/repo.git")
  const ledger = openLedger(directory)
  await ledger.append(record())
  expect((await ledger.push()).outcome).toBe("unreachable")
})
