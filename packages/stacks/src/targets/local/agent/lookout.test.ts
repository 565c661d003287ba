import { EventEmitter, once } from "node:events"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import type { EnvironmentState } from "../../../environment-state.ts"
import type { WatcherAction } from "../../../failover/watcher-journal.ts"
import type { Announcement } from "../../../notify/notify-event.ts"
import { lasting } from "../../../notify/readiness-changes.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { Lookout } from "./lookout.ts"

/** Two regions of which none is in sync, or whose witness does not say. */
const state = (detail: string, healthy: boolean) =>
  ({
    deployed: true,
    witness: { healthy, detail, register: { primary: "east", epoch: 1, inSync: null } },
    regions: [
      { name: "east", lag: null },
      { name: "west", lag: null },
    ],
  }) as unknown as EnvironmentState

/** Two of which the other one could take over. */
function inSync(): EnvironmentState {
  const west = { region: "west", incarnation: "i" }
  const [east, standby] = ["east", "west"].map(name => ({
    ...{ name, reachable: true, role: "standby", database: "running", detail: "", lag: null, fitness: null },
    ...{ witnessAnswers: true, replicas: [{ pid: 1 }] },
  }))
  return {
    ...state("", true),
    witness: { healthy: true, register: { primary: "east", epoch: 1, inSync: west } },
    regions: [east, standby],
  } as unknown as EnvironmentState
}

const action = (at: string, epoch: number): WatcherAction => ({
  event: "acted",
  at,
  since: at,
  from: "east",
  to: "west",
  epoch,
  milliseconds: 300,
  drilled: false,
  claim: "in-sync",
  mayBeLost: null,
  reason: "",
})

function bench(file = join(scratchDirectory(), "told.json")) {
  const told: Announcement[] = []
  const actions: WatcherAction[] = []
  const looks = new EventEmitter<{ look: []; refused: [] }>()
  const world = { fails: false, present: state("", true), now: 0 }
  const begin = () => {
    const lookout = new Lookout({
      file,
      every: 5,
      now: () => world.now,
      actions: () => actions,
      inspect: async () => {
        looks.emit("look")
        return world.present
      },
      tell: async announcement => {
        if (world.fails) {
          looks.emit("refused")
          throw new Error("the disk is full")
        }
        told.push(announcement)
      },
    })
    onTestFinished(() => lookout.stop())
    return lookout
  }
  const looked = async (times: number) => {
    for (let time = 0; time < times; time++) await once(looks, "look")
  }
  return { told, actions, world, begin, looked, refused: () => once(looks, "refused") }
}

it("tells of what the watcher does, once, also when it was done while nobody looked, or could not be told", async () => {
  const { told, actions, world, begin, looked, refused } = bench()
  actions.push(action("2020-01-01T00:00:00.000Z", 1))
  const first = begin()
  await looked(2)
  world.fails = true
  actions.push(action(new Date(Date.now() + 60_000).toISOString(), 2))
  await refused()
  await refused()
  expect(told).toEqual([])
  first.stop()
  world.fails = false
  begin()
  await looked(3)
  expect(told).toMatchObject([
    { type: "failover.finished", data: { epoch: 2, by: "watcher", planned: false, milliseconds: 300 } },
  ])
  // By a clock that was set back an hour.
  actions.push(action(new Date(Date.now() - 3_600_000).toISOString(), 3))
  await looked(2)
  expect(told).toMatchObject([{ data: { epoch: 2 } }, { type: "failover.finished", data: { epoch: 3 } }])
})

it("tells of another answer that lasts, also when it changed between two lives of the supervisor", async () => {
  const { told, world, begin, looked } = bench()
  const pass = async () => {
    await looked(2)
    world.now += lasting
    await looked(2)
  }
  const first = begin()
  await pass()
  expect(told).toEqual([])
  first.stop()
  // The same answer for another reason.
  world.present = state("it does not answer", false)
  const second = begin()
  await pass()
  expect(told).toEqual([])
  second.stop()
  world.present = inSync()
  begin()
  await pass()
  expect(told).toMatchObject([{ type: "readiness.changed", data: { possible: true, to: "west", reason: null } }])
})

it.each([
  ["forward", 86_400_000],
  ["back", -3_600_000],
])(
  "goes by no clock that is set %s: neither is an answer told that has not lasted, nor one late that has",
  async (_what, jump) => {
    vi.useFakeTimers({ toFake: ["Date"] })
    onTestFinished(() => void vi.useRealTimers())
    const { told, world, begin, looked } = bench()
    begin()
    await looked(2)
    world.now += lasting
    await looked(2)
    world.present = inSync()
    await looked(2)
    vi.setSystemTime(Date.now() + jump)
    world.now += lasting - 1
    await looked(2)
    expect(told).toEqual([])
    world.now += 1
    await looked(2)
    // As old as it is, by the clock as it is now.
    expect(told).toMatchObject([{ timestamp: new Date(Date.now() - lasting).toISOString(), data: { possible: true } }])
  },
)
