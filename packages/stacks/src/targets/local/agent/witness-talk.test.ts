import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import type { Event, Supervisor } from "../../../failover/protocol/supervisor.ts"
import { write } from "../../../failover/protocol/supervisor.ts"
import { transition } from "../../../failover/protocol/transition.ts"
import { twoRegions } from "../../../failover/testing/model/initial-worlds.ts"
import { nothing } from "../../../failover/testing/model/world.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { findFreePort } from "../free-port.ts"
import { serveRegister } from "../witness/register-server.ts"
import { RegisterStore } from "../witness/register-store.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { untilTrue } from "./until.ts"
import { WitnessTalk } from "./witness-talk.ts"

const soon = () => AbortSignal.timeout(10_000)
const primary = twoRegions(nothing).supervisors["east"]!
const base = primary.register!
/** The primary has lost its standby, and says so. */
const wanted = write(base, { inSync: null }, "own")
const fromAnother = write(base, { epoch: 2, primary: "west", incarnation: "w0", inSync: null }, "another")

/** A primary's talk with a real register, over real connections that the test breaks. */
async function talk() {
  const directory = scratchDirectory()
  const tokenFile = join(directory, "token")
  writeFileSync(tokenFile, "token")
  const store = await RegisterStore.open(join(directory, "register.json"), base)
  const port = await findFreePort(new Set())
  const server = await serveRegister(store, readFileSync(tokenFile, "utf8"), port)
  onTestFinished(() => void server.close())
  const told: Event[] = []
  const supervisor = {
    state: primary as Supervisor,
    tellWhile: async (isWanted: () => boolean, event: Event) => {
      if (!isWanted()) return false
      told.push(event)
      supervisor.state = transition(supervisor.state, event, "later")
      return true
    },
  }
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const witness = new WitnessTalk({
    supervisor,
    witness: new WitnessClient(`http://127.0.0.1:${port}`, tokenFile),
    dataAtRest: async () => primary.data,
    onOutcome: () => undefined,
    again: 10,
    signal: stop.signal,
  })
  const become = (change: Partial<Supervisor>) => {
    supervisor.state = { ...supervisor.state, ...change }
    witness.makeTrue()
  }
  const events = () => told.map(({ event }) => event)
  const until = (event: Event["event"]) => untilTrue(undefined, () => events().includes(event), soon())
  return { store, server, told, events, until, supervisor, become }
}

type Talk = Awaited<ReturnType<typeof talk>>

/** Breaks the connection of the first write that the register is asked for. Returns all of them. */
function breaking({ store, server }: Talk, breaks: (write: () => Promise<unknown>) => Promise<void>) {
  const asked: { readonly base: number; readonly nonce: string }[] = []
  const write = store.write.bind(store)
  store.write = async (baseVersion, next) => {
    asked.push({ base: baseVersion, nonce: next.nonce })
    if (asked.length > 1) return write(baseVersion, next)
    await breaks(() => write(baseVersion, next))
    server.closeAllConnections()
    return { written: false, current: store.read() }
  }
  return asked
}

it("hears that its write came about though the answer was lost, once, and writes it once", async () => {
  const east = await talk()
  const asked = breaking(east, async write => void (await write()))
  east.become({ pending: wanted })
  await east.until("written")
  expect(east.events()).toEqual(["unanswered", "written"])
  expect(asked).toEqual(Array(2).fill({ base: base.version, nonce: "own" }))
  expect([east.store.read(), east.supervisor.state.register]).toEqual([wanted.next, wanted.next])
  expect(east.supervisor.state.pending).toBeNull()
})

it("hears that its write came about though it came late, when it had long been asked for again", async () => {
  const east = await talk()
  const late: (() => Promise<unknown>)[] = []
  const asked = breaking(east, async write => void late.push(write))
  const write = east.store.write.bind(east.store)
  east.store.write = async (baseVersion, next) => {
    // The first one comes about at last, right before the second.
    if (asked.length === 1) await late[0]?.()
    return write(baseVersion, next)
  }
  east.become({ pending: wanted })
  await east.until("written")
  expect(east.events()).toEqual(["unanswered", "written"])
  expect([asked.length, east.store.read()]).toEqual([2, wanted.next])
})

it("hears that another wrote the same version, also when its own question was lost", async () => {
  const east = await talk()
  const asked = breaking(east, async () => void (await east.store.write(fromAnother.base.version, fromAnother.next)))
  east.become({ pending: wanted })
  await east.until("refused")
  expect(east.events()).toEqual(["unanswered", "refused"])
  expect(east.told.at(-1)).toEqual({ event: "refused", register: fromAnother.next })
  expect(east.store.read()).toEqual(fromAnother.next)
  // Superseded: it asks for nothing of its own any more.
  expect([east.supervisor.state.phase.at, east.supervisor.state.pending]).toEqual(["stopping", null])
  expect(asked.filter(({ nonce }) => nonce === "own")).toHaveLength(2)
})

it("goes on asking for the same write while it sees the old version, which proves nothing", async () => {
  const east = await talk()
  let [asked, lands] = [0, false]
  const write = east.store.write.bind(east.store)
  east.store.write = async (baseVersion, next) => {
    asked += 1
    if (lands) return write(baseVersion, next)
    east.server.closeAllConnections()
    return { written: false, current: east.store.read() }
  }
  east.become({ pending: wanted })
  await east.until("unanswered")
  east.become({ reading: true })
  await east.until("read")
  expect(east.told.find(({ event }) => event === "read")).toEqual({ event: "read", register: base })
  expect(east.supervisor.state.pending).toBe(wanted)
  const before = asked
  await untilTrue(undefined, () => asked > before + 1, soon())
  expect(east.events()).not.toContain("refused")
  lands = true
  await east.until("written")
  expect(east.store.read()).toEqual(wanted.next)
})
