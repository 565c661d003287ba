import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { EnvironmentState } from "@chatops/stacks"
import type { RegionMemory } from "@chatops/stacks/failover"
import { expect, it, onTestFinished } from "vitest"
import { unfinishedOperation } from "./journal.ts"
import { type RecoveryChoice, recoverWitness } from "./recover-witness.ts"
import { journalDirectory, resumeOperation, runOperation } from "./run-operation.ts"
import { fakeServices } from "./testing/fake-services.ts"
import { fakeState, fakeTarget } from "./testing/fake-target.ts"

const memory = (region: string, led: number, kind: "primary" | "standby"): RegionMemory => ({
  region,
  seen: { epoch: 2, version: 9 },
  data: { kind, incarnation: `${region}-data` },
  led,
  problem: null,
})

/** West has led epoch 2, which the witness knows nothing of any more; both regions have closed themselves. */
function bench(meanwhile: () => void = () => undefined) {
  const directory = mkdtempSync(join(tmpdir(), "chatops-recovery-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const state = fakeState("east")
  const world = {
    register: state.witness.register as Register | null,
    memories: [memory("east", 1, "standby"), memory("west", 2, "primary")],
    roles: { east: "unknown", west: "unknown" } as Record<string, EnvironmentState["regions"][number]["role"]>,
    written: [] as Register[],
    fails: false,
  }
  const target = fakeTarget({ state })
  const present = (): EnvironmentState => ({
    ...state,
    witness: { ...state.witness, register: world.register },
    regions: state.regions.map(region => ({ ...region, role: world.roles[region.name] ?? "unknown" })),
  })
  Object.assign(target, {
    inspect: async () => present(),
    register: async () => world.register,
    recovery: {
      memories: async () => world.memories,
      write: async (register: Register) => {
        world.written.push(register)
        world.register = register
        if (world.fails) throw new Error("killed")
        world.roles[register.primary] = "primary"
      },
    },
  })
  const services = fakeServices(directory, {
    target,
    regions: ["east", "west"],
    confirm: async () => {
      meanwhile()
      return true
    },
  })
  const options = { services, signal: new AbortController().signal, listen: () => {} }
  const left = () => unfinishedOperation(journalDirectory(services))
  const run = (choice: RecoveryChoice = {}) => runOperation(recoverWitness(choice), options)
  return { world, run, left, resume: () => resumeOperation(left()!, recoverWitness({}), options) }
}

const verified = { code: "OPERATION_PAUSED", details: { step: "verify" } }

it("has the witness name who was primary last, above what anybody has seen", async () => {
  const { world, run } = bench()
  // Nobody answers a turn here.
  await expect(run()).rejects.toMatchObject(verified)
  expect(world.written).toMatchObject([{ primary: "west", epoch: 3, version: 10, claim: "in-sync", inSync: null }])
})

it("goes on with a write that was interrupted, and does not plan it anew", async () => {
  const { world, run, resume } = bench()
  world.fails = true
  await expect(run()).rejects.toMatchObject({ details: { step: "write" } })
  world.fails = false
  // By then every region has seen it.
  world.memories = world.memories.map(each => ({ ...each, seen: { epoch: 3, version: 10 } }))
  await expect(resume()).rejects.toMatchObject(verified)
  expect(world.written.map(({ nonce }) => nonce)).toEqual(Array(2).fill(world.written[0]?.nonce))
})

it("writes nothing, and leaves nothing behind, where regions remember otherwise once it is confirmed", async () => {
  const { world, run, left } = bench(() => {
    world.memories = [memory("east", 1, "standby"), { ...memory("west", 2, "primary"), problem: "EIO" }]
  })
  await expect(run()).rejects.toMatchObject({ code: "WITNESS_UNRECOVERABLE" })
  expect([world.written, left()]).toEqual([[], undefined])
})

it.each([
  ["a primary that lives", "primary", {}],
  ["a region that the register names, and that answers", "unknown", { to: "west", force: true }],
] as const)("names nobody past %s", async (_what, role, choice) => {
  const { world, run } = bench()
  world.roles["east"] = role
  world.memories = [memory("east", 1, "primary"), memory("west", 2, "primary")]
  const refused = { code: "WITNESS_UNRECOVERABLE", message: expect.stringMatching(/^east/) }
  await expect(run(choice)).rejects.toMatchObject(refused)
  expect(world.written).toEqual([])
})
