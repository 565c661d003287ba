import type { Register } from "@chatops/runtime/contract"
import { expect, it, onTestFinished, vi } from "vitest"
import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import { twoRegions } from "../../../failover/testing/model/initial-worlds.ts"
import { nothing } from "../../../failover/testing/model/world.ts"
import { LeaseKeeper } from "./lease-keeper.ts"

const { supervisors } = twoRegions(nothing)
const guarded = supervisors["east"]!
const alone: Supervisor = { ...guarded, register: { ...guarded.register!, inSync: null, lease: 300 } }

/** A keeper whose witness answers what the test says, and what became of it. */
function kept(answer: () => Promise<Register | undefined>, now?: () => number) {
  const told = { asked: 0, renewed: 0, ended: 0 }
  const waiting: (() => void)[] = []
  const tell = (what: keyof typeof told) => {
    told[what] += 1
    for (const look of waiting) look()
  }
  const keeper = new LeaseKeeper({
    read: (_signal, patience) => {
      tell("asked")
      // As the real one: given up in time.
      const late = new Promise<undefined>(resolve => setTimeout(resolve, patience))
      return Promise.race([answer(), late])
    },
    renew: async () => tell("renewed"),
    onEnded: () => tell("ended"),
    ...(now && { now }),
  })
  onTestFinished(() => keeper.stop())
  const until = (is: () => boolean) =>
    new Promise<void>(resolve => {
      const look = () => is() && resolve()
      waiting.push(look)
      look()
    })
  return { keeper, told, until }
}

it("renews while the witness names this primary in this epoch, and asks nothing while a region is in sync", async () => {
  const { keeper, told, until } = kept(async () => alone.register!)
  keeper.notice(guarded)
  expect(told.asked).toBe(0)
  keeper.notice(alone)
  await until(() => told.renewed > 5)
  keeper.notice(guarded)
  const { asked } = told
  await new Promise(resolve => setImmediate(resolve))
  expect([told.asked, told.ended]).toEqual([asked, 0])
})

it.each([
  ["is not answered", async () => undefined],
  ["is never answered", () => new Promise<undefined>(() => undefined)],
  ["is told of another primary", async () => ({ ...alone.register!, epoch: 2, primary: "west" })],
  ["is told of another life of its own", async () => ({ ...alone.register!, epoch: 3 })],
  ["is told of another directory", async () => ({ ...alone.register!, incarnation: "e9" })],
] as [string, () => Promise<Register | undefined>][])("ends when it %s, once", async (_what, answer) => {
  const { keeper, told, until } = kept(answer)
  keeper.notice(alone)
  await until(() => told.ended > 0)
  expect(told).toMatchObject({ renewed: 0, ended: 1 })
})

it("counts from the question, and not from the answer", async () => {
  let now = 0
  const answers: (() => void)[] = []
  const answer = () =>
    new Promise<Register | undefined>(resolve =>
      answers.push(() => resolve(answers.length === 1 ? alone.register! : undefined)),
    )
  const { keeper, told, until } = kept(answer, () => now)
  keeper.notice(alone)
  await until(() => told.asked === 1)
  now = 250
  answers[0]?.()
  await until(() => told.renewed === 1)
  now = 301
  await until(() => told.ended === 1)
})

it("ends after a suspend, in which other clocks stand still", async () => {
  vi.useFakeTimers({ toFake: ["performance", "hrtime", "Date"] })
  onTestFinished(() => void vi.useRealTimers())
  const { keeper, told, until } = kept(async () => undefined)
  keeper.notice(alone)
  await until(() => told.ended === 1)
})

it("counts nothing that was asked for while the answer before was still being counted, in a former life too", async () => {
  const counting = Promise.withResolvers<void>()
  const told = { asked: 0, counted: 0 }
  const waiting: (() => void)[] = []
  const tell = (what: keyof typeof told) => {
    told[what] += 1
    for (const look of waiting) look()
  }
  const until = (is: () => boolean) => new Promise<void>(resolve => waiting.push(() => is() && resolve()))
  const keeper = new LeaseKeeper({
    read: async () => {
      tell("asked")
      return alone.register!
    },
    renew: () => {
      tell("counted")
      return counting.promise
    },
    onEnded: () => undefined,
  })
  onTestFinished(() => keeper.stop())
  const first = until(() => told.counted === 1)
  keeper.notice(alone)
  await first
  keeper.notice(guarded)
  keeper.notice(alone)
  // Asking goes on, so that the lease does.
  await until(() => told.asked === 5)
  expect(told.counted).toBe(1)
  const second = until(() => told.counted === 2)
  counting.resolve()
  await second
})

it("goes on though one answer never comes", async () => {
  let asked = 0
  const { keeper, told, until } = kept(() =>
    asked++ === 0 ? new Promise(() => undefined) : Promise.resolve(alone.register!),
  )
  keeper.notice(alone)
  await until(() => told.renewed > 0)
  expect(told.ended).toBe(0)
})
