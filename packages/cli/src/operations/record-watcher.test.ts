import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { WatcherAction } from "@chatops/stacks"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { openLedger } from "../ledger/index.ts"
import { clone, git, repository, temporaryDirectory, useGitConfig } from "../ledger/testing/repository.ts"
import { recordAborted } from "./record-in-ledger.ts"
import { recordWatcherActions, tellToCome } from "./record-watcher.ts"
import { fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"
import { sampleAction } from "./testing/sample-action.ts"
import { bringWatcherActions } from "./watcher-contact.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))

const { signal } = new AbortController()

function bench(actions: readonly WatcherAction[]) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-watcher-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return fakeServices(directory, { target: fakeTarget({ state: fakeState("west"), actions }) })
}

it("brings what the watcher did to the ledger, once each", async () => {
  const actions = [sampleAction("2026-01-02T03:04:05.678Z", "west")]
  const services = bench(actions)
  await recordWatcherActions(services, signal)
  await recordWatcherActions(services, signal)
  expect(services.recorded).toMatchObject([
    {
      id: "op-20260102-030405678-watch",
      kind: "failover",
      actor: "watcher",
      result: { from: "east", to: "west", claim: "async", mayBeLost: { turns: null, seconds: 1.5 } },
    },
  ])
  actions.push(sampleAction("2026-01-02T04:00:00.000Z", "east"))
  await recordWatcherActions(services, signal)
  expect(services.recorded.map(({ id }) => id)).toEqual(["op-20260102-030405678-watch", "op-20260102-040000000-watch"])
})

it("goes on where it stopped in between", async () => {
  const services = bench(two)
  const ledger = await services.ledger()
  let room = 1
  const append: typeof ledger.append = record =>
    room-- > 0 ? ledger.append(record) : Promise.reject(new Error("the disk is full"))
  const full = { ...services, ledger: async () => ({ ...ledger, append }) }
  expect(await recordWatcherActions(full, signal)).toMatchObject({ written: 1, toCome: [{ id: both[1] }] })
  expect(await recordWatcherActions(services, signal)).toMatchObject({ written: 1, toCome: [] })
  expect(services.recorded.map(({ id }) => id)).toEqual(both)
})

/** One whose ledger is a real branch. */
function onBranch(actions: readonly WatcherAction[], directory: string) {
  const ledger = openLedger(directory, { patience: 0 })
  return { ...bench(actions), ledger: async () => ledger }
}
function bare(): string {
  const directory = temporaryDirectory()
  git(directory, "init", "--quiet", "--bare")
  return directory
}
const ids = async ({ ledger }: ReturnType<typeof onBranch>) =>
  (await (await ledger()).entries({ limit: 10 })).map(({ record }) => record.id).toSorted()
const two = [sampleAction("2026-01-02T03:04:05.678Z", "west"), sampleAction("2026-01-02T04:00:00.000Z", "east")]
const both = ["op-20260102-030405678-watch", "op-20260102-040000000-watch"]

it("says what is still to come while another process holds the ledger, and brings it at the next contact", async () => {
  const directory = repository()
  const services = onBranch([], directory)
  await bringWatcherActions(
    { ...services, target: fakeTarget({ state: fakeState("west"), actions: two.slice(0, 1) }) },
    signal,
  )
  Object.assign(services, { target: fakeTarget({ state: fakeState("west"), actions: two }) })
  const lock = join(directory, ".git/refs/heads/chatops/ledger.lock")
  writeFileSync(lock, "")
  const contact = await recordWatcherActions(services, signal)
  expect(contact).toMatchObject({ written: 0, toCome: [{ id: both[1], actor: "watcher" }] })
  expect(tellToCome(contact)).toEqual([
    expect.stringMatching(/^1 failover of the watcher is still to come to the ledger: ./),
  ])
  expect(await ids(services)).toEqual(both.slice(0, 1))
  rmSync(lock)
  expect(await bringWatcherActions(services, signal)).toEqual([])
  expect(await ids(services)).toEqual(both)
})

it("says that what it wrote could not be pushed, and no more of it afterwards", async () => {
  const remote = bare()
  const services = onBranch(two, clone(remote))
  writeFileSync(join(remote, "hooks/pre-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 })
  expect(await bringWatcherActions(services, signal)).toEqual([
    expect.stringMatching(/is in the ledger here, and not pushed \(.*\); the next operation tries again$/),
  ])
  expect(await ids(services)).toEqual(both)
  expect(await bringWatcherActions(services, signal)).toEqual([])
})

it("pushes what it wrote where there is a remote", async () => {
  const remote = bare()
  expect(await bringWatcherActions(onBranch(two, clone(remote)), signal)).toEqual([])
  expect(git(remote, "ls-tree", "-r", "--name-only", "chatops/ledger").split("\n")).toHaveLength(2)
})

it("begins anew with a list of what was recorded that cannot be read, and writes nothing twice", async () => {
  const services = onBranch(two, repository())
  await recordWatcherActions(services, signal)
  writeFileSync(join(services.environment.directories.state, "watcher-recorded.json"), "{")
  expect(await recordWatcherActions(services, signal)).toMatchObject({ toCome: [] })
  expect(await ids(services)).toEqual(both)
})

it("comes with an operation that is given up, and what does not is told", async () => {
  const directory = repository()
  const services = onBranch(two, directory)
  const aborted = { id: "op-1", kind: "failover", finished: [] }
  mkdirSync(join(directory, ".git/refs/heads/chatops"))
  const lock = join(directory, ".git/refs/heads/chatops/ledger.lock")
  writeFileSync(lock, "")
  const told = await recordAborted(services, aborted, "aborted by hand")
  expect(told).toEqual([expect.stringMatching(/^2 failovers of the watcher are still to come to the ledger: ./)])
  rmSync(lock)
  expect(await recordAborted(services, aborted, "aborted by hand")).toEqual([])
  expect(await ids(services)).toEqual([...both, "op-1"].toSorted())
})
