import { EventEmitter } from "node:events"
import type { Register } from "@chatops/runtime/contract"
import { expect, it } from "vitest"
import type { Event, Supervisor } from "../../../failover/protocol/supervisor.ts"
import { transition } from "../../../failover/protocol/transition.ts"
import { firstRegister } from "../../../testing/witness-agent.ts"
import { PrimaryPlace } from "./primary-place.ts"

const data = { kind: "standby", incarnation: "w0" } as unknown as Supervisor["data"]
const soon = () => AbortSignal.timeout(5_000)

/** The real state machine of a standby, with a register and a database that do at once whatever it asks. */
class FakeSupervisor extends EventEmitter<{ change: [] }> {
  state: Supervisor
  readonly tasks: string[] = []
  #register: Register

  constructor(register: Register) {
    super()
    this.#register = register
    const phase = { at: "following", primary: "east" } as const
    const seen = { epoch: register.epoch, version: register.version }
    this.state = { self: "west", phase, data, register, seen, task: null, pending: null, reading: false }
  }

  tell(event: Event): void {
    this.state = transition(this.state, event, `nonce-${this.#register.version}`)
    this.emit("change")
    const { pending, reading, task } = this.state
    if (pending !== null) {
      this.#register = pending.next
      this.tell({ event: "written", register: this.#register })
    } else if (reading) this.tell({ event: "read", register: this.#register })
    else if (task !== null) {
      this.tasks.push(task.task)
      this.tell({ event: "done", data })
    }
  }
}

function placeOf(register: Partial<Register>) {
  const primary = { ...firstRegister, primary: "east", incarnation: "e0", inSync: null, version: 5, ...register }
  const supervisor = new FakeSupervisor(primary)
  const serves = () => supervisor.state.phase.at === "following" || isOpen(supervisor.state)
  const place = new PrimaryPlace({
    region: "west",
    supervisor,
    serves,
    streaming: async () => [],
    changes: supervisor,
  })
  return { supervisor, place }
}

const isOpen = ({ phase }: Supervisor) => phase.at === "leading" && phase.door === "open"
const zeroLoss = { durability: "zero-loss", lease: 2_000 } as const
const north = { region: "north", incarnation: "n0" }

it.each([
  ["in sync, at once", { ...zeroLoss, inSync: { region: "west", incarnation: "w0" } }, "in-sync", "in-sync", "promote"],
  ["not in sync, under async", { durability: "async", lease: 2_000 }, "async", "async", "wait-out"],
  ["not in sync, when it is forced", zeroLoss, "forced", "forced", "wait-out"],
] as [string, Partial<Register>, Register["claim"], string, string][])(
  "is claimed by a region that is %s",
  async (_what, register, accepts, claim, firstTask) => {
    const { place, supervisor } = placeOf(register)
    expect(await place.claim(soon(), { accepts })).toMatchObject({ primary: "west", epoch: 2, claim })
    expect(supervisor.tasks[0]).toBe(firstTask)
  },
)

it.each([
  [
    "is not in sync",
    zeroLoss,
    "in-sync",
    "no region is in sync at epoch 1: west may lack turns that were acknowledged",
  ],
  [
    "passes one that is",
    { ...zeroLoss, inSync: north },
    "forced",
    "north is in sync at epoch 1, and holds what west may",
  ],
  ["has no lease to wait for", { ...zeroLoss, lease: null }, "forced", "the register keeps no lease after which east"],
  [
    "has none under async",
    { durability: "async", lease: null },
    "async",
    "the register keeps no lease after which east",
  ],
] as [string, Partial<Register>, Register["claim"], string][])(
  "is refused to a region that %s, with the reason",
  async (_what, register, accepts, message) => {
    const { place, supervisor } = placeOf(register)
    await expect(place.claim(soon(), { accepts })).rejects.toMatchObject({
      code: "CLAIM_REFUSED",
      message: expect.stringContaining(message),
    })
    expect([supervisor.state.phase.at, supervisor.tasks]).toEqual(["following", []])
  },
)
