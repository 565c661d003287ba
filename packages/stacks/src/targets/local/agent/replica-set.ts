import { isDeepStrictEqual } from "node:util"
import type { ReplicaSettings } from "@chatops/runtime/contract"
import { nodeProcess, runtimeProgram } from "./node-process.ts"
import type { RoleContext } from "./role.ts"
import { SupervisedProcess } from "./supervised-process.ts"
import { untilTrue } from "./until.ts"

interface Member {
  /** All that a running process has read at its start. */
  readonly fingerprint: unknown
  readonly process: SupervisedProcess
}

/** How long a replaced replica may take to be ready before the next one is replaced all the same, in milliseconds. */
const readyDeadline = 20_000

/** Milliseconds: for about as long as the region's database needs to come into sync. */
const yields = 4_000

/** A region's replicas. A new release replaces one after the other, each only once the one before is ready. */
export class ReplicaSet {
  readonly #context: RoleContext
  readonly #members = new Map<string, Member>()

  constructor(context: RoleContext) {
    this.#context = context
  }

  get processes(): SupervisedProcess[] {
    return [...this.#members.values()].map(member => member.process)
  }

  /** `secretVersions` is part of what a replica has read: a changed secret replaces it too. */
  async apply(wanted: readonly ReplicaSettings[], secretVersions: unknown, signal: AbortSignal): Promise<void> {
    const names = new Set(wanted.map(settings => settings.replica))
    const surplus = [...this.#members].filter(([name]) => !names.has(name))
    await Promise.all(surplus.map(([name, member]) => this.#remove(name, member)))
    for (const settings of wanted) {
      signal.throwIfAborted()
      const fingerprint = { settings, secretVersions, program: runtimeProgram("replica") }
      const running = this.#members.get(settings.replica)
      if (running && isDeepStrictEqual(running.fingerprint, fingerprint)) running.process.start()
      else if (running) await this.#replace(running, settings, fingerprint, signal)
      else this.#add(settings, fingerprint)
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#members].map(([name, member]) => this.#remove(name, member)))
  }

  #add(settings: ReplicaSettings, fingerprint: unknown): SupervisedProcess {
    const { directory } = this.#context
    const plan = nodeProcess(directory, settings.replica, runtimeProgram("replica"), settings, settings.drain + 1_000)
    const process = new SupervisedProcess({ ...plan, yields })
    process.on("change", () => this.#context.changed())
    process.on("spawned", ({ pid, started }) => this.#context.remember(plan.name, pid, started))
    this.#members.set(settings.replica, { fingerprint, process })
    process.start()
    return process
  }

  async #replace(member: Member, settings: ReplicaSettings, fingerprint: unknown, signal: AbortSignal): Promise<void> {
    await member.process.stop()
    const process = this.#add(settings, fingerprint)
    const patience = AbortSignal.any([signal, AbortSignal.timeout(readyDeadline)])
    await untilTrue(process, () => process.state.ready || process.failure !== null, patience).catch(() => undefined)
  }

  async #remove(name: string, member: Member): Promise<void> {
    await member.process.stop()
    this.#members.delete(name)
  }
}
