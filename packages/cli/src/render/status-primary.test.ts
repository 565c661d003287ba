import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { EnvironmentState } from "@chatops/stacks"
import { expect, it, onTestFinished } from "vitest"
import { fakeServices } from "../operations/testing/fake-services.ts"
import { fakeState, fakeTarget } from "../operations/testing/fake-target.ts"
import { environmentStatus } from "../status/environment-status.ts"
import { plain } from "../testing/plain.ts"
import { renderStatus } from "./status.ts"

/** What people read about the primary and who would take its place. */
async function linesOf(state: EnvironmentState, config: object = {}): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), "chatops-status-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const services = fakeServices(directory, { target: fakeTarget({ state }), regions: ["east", "west"] })
  Object.assign(services.environment.config, config)
  return plain(renderStatus(await environmentStatus(services, AbortSignal.timeout(10_000))))
}

const line = async (begins: string, ...asked: Parameters<typeof linesOf>) =>
  (await linesOf(...asked)).find(text => text.startsWith(begins))

function registered(part: Partial<Register>, state = fakeState("east")): EnvironmentState {
  const { register } = state.witness
  return { ...state, witness: { ...state.witness, register: register && { ...register, ...part } } }
}
const west = { region: "west", incarnation: "w0" }

it.each([
  [3 * 86_400_000, "3 days"],
  [86_400_000, "1 day"],
  [2 * 3_600_000, "2 hours"],
  [61_000, "1 minute"],
  [5_000, "a moment"],
  // By a clock that is behind.
  [-60_000, "a moment"],
])("says since when the primary is it, and for how long: %d ms", async (age, words) => {
  const state = fakeState("east")
  const since = new Date(Date.now() - age)
  const [east, other] = state.regions
  const regions = [{ ...east!, primarySince: since.toISOString() }, other!]
  const time = since.toISOString().slice(0, 16).replace("T", " ")
  expect(await line("primary", { ...state, regions })).toBe(
    `primary  east for ${words} (since ${time} UTC) · epoch 1 · durability async`,
  )
})

it("says who holds what the primary holds, or that nobody does, where somebody should", async () => {
  const zeroLoss = (inSync: Register["inSync"]) => registered({ durability: "zero-loss", inSync })
  expect(await line("primary", zeroLoss(west))).toBe("primary  east · epoch 1 · durability zero-loss, west in sync")
  expect(await line("primary", zeroLoss(null))).toBe(
    "primary  east · epoch 1 · durability zero-loss, no region in sync",
  )
  expect(await line("primary", registered({}))).toBe("primary  east · epoch 1 · durability async")
})

it("says what the watcher thinks, and that nobody would fail over where somebody should", async () => {
  const watched = (watcher: EnvironmentState["watcher"]) => ({ ...fakeState("east"), watcher })
  const since = "2026-01-01T00:00:00.000Z"
  const restraint = null
  const automatic = { failover: "automatic" }
  expect(await line("watcher", watched({ verdict: "well", reason: null, since, restraint }), automatic)).toBe(
    "watcher  would fail over by itself",
  )
  expect(
    await line("watcher", watched({ verdict: "holds", reason: "east was told to leave", since, restraint }), automatic),
  ).toBe("watcher  holds still: east was told to leave")
  expect(
    await line("watcher", watched({ verdict: "acts", reason: "the entry sees: …", since, restraint }), automatic),
  ).toBe("watcher  fails over: the entry sees: …")
  const calm = { verdict: "well", reason: null, since, restraint: { reason: "it acted 4 s ago", seconds: 6 } } as const
  expect(await line("watcher", watched(calm), automatic)).toBe(
    "watcher  would not fail over by itself for 6 s: it acted 4 s ago",
  )
  const gone = { ...watched(null), entry: { ...fakeState("east").entry, reachable: false, detail: "not running" } }
  expect(await line("watcher", gone, automatic)).toBe(
    "watcher  nobody would fail over by itself: the entry's agent does not answer (not running)",
  )
  expect(await line("watcher", watched(null), { failover: "manual" })).toBeUndefined()
})

it.each([
  ["guarded", { inSync: west }, "east serves while west confirms, and can neither go on without it nor start again"],
  ["alone", {}, "east is alone: it stops when its lease of 2 s is over, and cannot start again"],
])(
  "says beforehand what the primary can do no more while the witness is silent: %s",
  async (_what, register, words) => {
    const state = registered(register)
    expect(await line("witness", state)).toBeUndefined()
    const silent = { ...state, witness: { ...state.witness, healthy: false, detail: "not running" } }
    expect(await line("witness", silent)).toBe(`witness  not running; ${words}`)
    expect(await line("failover", silent)).toBe(
      "failover not possible now: without the witness no region may become primary: not running",
    )
  },
)

it("says that a failover would come to nothing because of the region's way to the witness", async () => {
  const state = registered({ inSync: west })
  const cut = {
    ...state,
    regions: state.regions.map(region => ({ ...region, witnessAnswers: region.name === "east" })),
  }
  expect(await line("failover", cut)).toBe("failover not possible now: west does not reach the witness")
})
