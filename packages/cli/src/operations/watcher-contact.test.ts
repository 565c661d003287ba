import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { environmentDirectories } from "@chatops/stacks/state"
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest"
import { openLedger } from "../ledger/index.ts"
import { repository, useGitConfig } from "../ledger/testing/repository.ts"
import { recentOperations } from "../status/recent-operations.ts"
import { sampleAction } from "./testing/sample-action.ts"
import { bringFromApp } from "./watcher-contact.ts"

const yaml = (failover: string) => `app: bot
chat:
  model: simulated
  upstreams: [{ name: simulator, simulator: {} }]
environments:
  prod:
    target: local
    regions: { east: {}, west: {} }
    primary: east
    durability: zero-loss
    failover: ${failover}
`
const { signal } = new AbortController()

beforeEach(() => {
  useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n")
  const state = mkdtempSync(join(tmpdir(), "chatops-contact-"))
  vi.stubEnv("CHATOPS_STATE", state)
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
})
afterEach(() => {
  vi.unstubAllEnvs()
})

/** An app in a repository, whose watcher has acted once. */
function bench(text = yaml("automatic")) {
  const app = repository()
  writeFileSync(join(app, "chatops.yaml"), text)
  const entry = join(environmentDirectories("bot", app, "prod").state, "entry")
  mkdirSync(entry, { recursive: true })
  writeFileSync(join(entry, "watcher.jsonl"), `${JSON.stringify(sampleAction("2026-01-02T03:04:05.678Z", "west"))}\n`)
  const ledger = openLedger(app, { patience: 0 })
  const contact = (environment?: string) => bringFromApp(app, ledger, environment, signal)
  const history = async (environment?: string) => {
    const { toCome, told } = await contact(environment)
    const entries = await recentOperations(ledger, { limit: 10, environment }, toCome)
    return { told, entries: entries.map(({ record, ...rest }) => ({ actor: record.actor, ...rest })) }
  }
  return { app, ledger, contact, history }
}
const path = "operations/2026/01/op-20260102-030405678-watch.json"

it("brings what the watcher of any environment did, to who only reads, and once", async () => {
  const { history, contact } = bench()
  const written = { told: [], entries: [{ actor: "watcher", path }] }
  expect(await history()).toEqual(written)
  expect(await contact()).toEqual({ toCome: [], told: [] })
  expect(await history()).toEqual(written)
})

it("brings nothing of other environments than the one that is asked for", async () => {
  const { history, ledger } = bench()
  expect(await history("staging")).toEqual({ told: [], entries: [] })
  expect(await ledger.entries({ limit: 1 })).toEqual([])
  expect(await history("prod")).toEqual({ told: [], entries: [{ actor: "watcher", path }] })
})

it("shows what is still to come as it will be, with why, and fails nobody", async () => {
  const { app, history } = bench()
  mkdirSync(join(app, ".git/refs/heads/chatops"))
  const lock = join(app, ".git/refs/heads/chatops/ledger.lock")
  writeFileSync(lock, "")
  const { told, entries } = await history()
  expect(entries).toEqual([{ actor: "watcher", path, toCome: expect.stringContaining("git refused") }])
  expect(told).toEqual([
    expect.stringMatching(/^1 failover of the watcher is still to come to the ledger: git refused/),
  ])
  rmSync(lock)
  expect(await history()).toEqual({ told: [], entries: [{ actor: "watcher", path }] })
})

it.each([
  ["nobody watches", yaml("manual # not automatic")],
  ["chatops.yaml cannot be read", "failover: automatic ["],
])("finds nothing where %s, and fails nobody", async (_what, text) => {
  expect(await bench(text).history()).toEqual({ told: [], entries: [] })
})
