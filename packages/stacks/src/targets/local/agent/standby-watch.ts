import { isDeepStrictEqual } from "node:util"
import type { RegionIncarnation } from "@chatops/runtime/contract"
import type { RegionSupervisor, SupervisorParts } from "./region-supervisor.ts"

type Watched = Pick<RegionSupervisor, "state" | "tell" | "witnessAnswers" | "readWhileLeading">

export interface StandbyWatchParts extends Pick<SupervisorParts, "tasks" | "peers" | "isLeaving"> {
  readonly supervisor: Watched
  /** How long a standby in sync may be away before it counts as lost, in milliseconds. */
  readonly loss: number
  /** How long the witness may take to answer before it counts as silent, in milliseconds. */
  readonly patience: number
}

/** A primary looks who could be in sync, and whether who is still streams. */
export class StandbyWatch {
  readonly #parts: StandbyWatchParts
  /** When replication was last seen to be well. */
  #lastWell = performance.now()
  #isLost = false
  #barrierSince: number | undefined
  /** Another standby was asked in when this one was last lost. */
  #swapTried = false

  constructor(parts: StandbyWatchParts) {
    this.#parts = parts
  }

  /** The barrier waits for who is lost, or longer than one that is there needs. */
  get holdsUpBarrier(): boolean {
    return this.#isLost || performance.now() - (this.#barrierSince ?? Number.POSITIVE_INFINITY) > this.#parts.loss
  }

  async look(signal: AbortSignal): Promise<void> {
    const { supervisor, tasks, peers, isLeaving, loss } = this.#parts
    const { phase, register, task } = supervisor.state
    const atBarrier = phase.at === "leading" && phase.door === "barrier"
    this.#barrierSince = atBarrier ? (this.#barrierSince ?? performance.now()) : undefined
    if (phase.at !== "leading" || phase.door === "starting") {
      // Who was away meanwhile is given its time to come back.
      this.#seenWell()
      return
    }
    const isIdle = register?.durability === "async" && register.inSync !== null && !isLeaving?.()
    if (isIdle && supervisor.witnessAnswers) supervisor.tell({ event: "policy-wanted", policy: register })
    const streams = await tasks.streaming(peers)
    const inSync = register?.inSync ?? null
    const has = (wanted: RegionIncarnation) => streams.some(standby => isDeepStrictEqual(standby, wanted))
    const wanted = phase.change?.change === "join" ? phase.change.joiner : inSync
    if (wanted === null || has(wanted)) this.#seenWell()
    else if (performance.now() - this.#lastWell > loss) {
      this.#isLost = true
      await this.#lose(streams, signal)
    }
    const [candidate] = streams
    if (inSync === null && phase.change === null && task === null && candidate)
      supervisor.tell({ event: "standby-streams", standby: candidate })
  }

  #seenWell(): void {
    this.#lastWell = performance.now()
    this.#isLost = false
  }

  /**
   * Where another standby streams it takes the lost one's place at once: then no commit counts that one region alone
   * holds. Where that fails the lost one is let go, if it may be, and it is tried again. Not while the witness is silent,
   * and the standby may be back before: a swap would stop at the gate, with all commits behind it, and who is let go leaves
   * runtimes to a lease that nobody could renew.
   */
  async #lose([other]: readonly RegionIncarnation[], signal: AbortSignal): Promise<void> {
    const { supervisor, patience } = this.#parts
    const { phase } = supervisor.state
    const isFree = phase.at === "leading" && phase.change === null
    const swaps = isFree && other !== undefined && !this.#swapTried
    if (isFree && (await supervisor.readWhileLeading(signal, patience)) === undefined) return
    this.#swapTried = swaps
    supervisor.tell(swaps ? { event: "standby-streams", standby: other } : { event: "standby-lost" })
  }
}
