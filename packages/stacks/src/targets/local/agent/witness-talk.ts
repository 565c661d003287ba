import { setTimeout as delay } from "node:timers/promises"
import type { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { Event, PendingWrite, Supervisor } from "../../../failover/protocol/supervisor.ts"
import type { LocalData } from "../../../failover/start-decision.ts"
import type { Witness } from "../../../failover/witness.ts"

/** Not an error that anybody reads: the protocol goes on asking. */
const silent = new ChatopsError("WITNESS_UNREACHABLE", "the witness does not answer; it is asked again")

/** One that has not answered for so long is out of reach, in milliseconds. */
const silence = 3_000

export interface WitnessTalkParts {
  readonly supervisor: {
    readonly state: Supervisor
    /** Resolves once it was heard, or with false when it was overtaken. */
    tellWhile(wanted: () => boolean, event: Event): Promise<boolean>
  }
  readonly witness: Witness
  /** What is on the disk once nothing is at work on it. */
  readonly dataAtRest: () => Promise<LocalData>
  /** Whether the witness answers: an error, or nothing. */
  readonly onOutcome: (error?: Error) => void
  /** Milliseconds until what had no answer is asked for again. */
  readonly again: number
  /** Ends it. */
  readonly signal: AbortSignal
}

/** One region's talk with the witness, as its state asks for it: a read and a write at a time, until each has an answer. */
export class WitnessTalk {
  readonly #parts: WitnessTalkParts
  #writing: PendingWrite | undefined
  #reading = false
  #answers = false
  #hasAnswered = false
  #silentSince: number | undefined

  constructor(parts: WitnessTalkParts) {
    this.#parts = parts
  }

  /** Whether the last question was answered. */
  get answers(): boolean {
    return this.#answers
  }

  /** Whether it is within reach: one answer that is late, or lost, does not say that it is not. Null: nobody knows yet. */
  get isReached(): boolean | null {
    const isSilent = this.#silentSince !== undefined && performance.now() - this.#silentSince > silence
    return isSilent ? false : this.#hasAnswered || null
  }

  /** To be called whenever the state has changed. */
  makeTrue(): void {
    const { pending, reading } = this.#state
    if (pending !== null && pending !== this.#writing) void this.#write(pending)
    if (reading && !this.#reading) void this.#read()
  }

  /** Reads the register and tells of it; false when there was no answer, or when it came too late to be news. */
  async look(wanted: () => boolean): Promise<boolean> {
    const { witness, signal, dataAtRest, supervisor } = this.#parts
    const { seen, phase } = this.#state
    const register = this.#answered(await witness.read(signal))
    if (register === undefined) return false
    if (!this.#state.reading && register.version === this.#state.register?.version) return true
    // Meanwhile a person may have put a disk back.
    const mayDiffer = phase.at === "starting" || phase.at === "closed"
    const event = { event: "read", register, ...(mayDiffer && { data: await dataAtRest() }) } as const
    return supervisor.tellWhile(() => wanted() && !this.#isOvertaken(register, seen), event)
  }

  /** Reads the register, and tells of what is news. Undefined when there is no answer within so many milliseconds. */
  async readWhileLeading(given: AbortSignal, patience: number): Promise<Register | undefined> {
    const { witness, supervisor } = this.#parts
    const { seen, register: known } = this.#state
    const signal = AbortSignal.any([given, this.#parts.signal])
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    const register = this.#answered(await witness.read(bounded), signal)
    if (register === undefined || register.version === known?.version) return register
    const isNews = () => this.#state.phase.at === "leading" && !this.#isOvertaken(register, seen)
    await supervisor.tellWhile(isNews, { event: "read", register })
    return register
  }

  get #state(): Supervisor {
    return this.#parts.supervisor.state
  }

  /** The same write until its outcome is known (rule 7), or until nobody asks for it any more. */
  async #write(pending: PendingWrite): Promise<void> {
    const { witness, signal, supervisor } = this.#parts
    this.#writing = pending
    const isAsked = () => this.#state.pending === pending
    while (isAsked() && !signal.aborted) {
      const { seen } = this.#state
      const register = this.#answered(await witness.settle(pending, signal))
      if (register === undefined) await supervisor.tellWhile(isAsked, { event: "unanswered" })
      else {
        const event = register.nonce === pending.next.nonce ? "written" : "refused"
        const isNews = () => isAsked() && !this.#isOvertaken(register, seen)
        if (await supervisor.tellWhile(isNews, { event, register })) return
      }
      await this.#pause()
    }
  }

  async #read(): Promise<void> {
    const { signal } = this.#parts
    this.#reading = true
    try {
      while (this.#state.reading && !signal.aborted) {
        if (await this.look(() => this.#state.reading)) return
        await this.#pause()
      }
    } finally {
      this.#reading = false
      // Asked for again, by an event that was heard before this end.
      if (this.#state.reading && !signal.aborted) void this.#read()
    }
  }

  /** An answer that is older than what was learned since it was asked for. What is older than before has gone back. */
  #isOvertaken(register: Register, seenBefore: Supervisor["seen"]): boolean {
    return register.version < this.#state.seen.version && register.version >= seenBefore.version
  }

  #answered(register: Register | undefined, signal = this.#parts.signal): Register | undefined {
    if (signal.aborted) return register
    this.#answers = register !== undefined
    this.#hasAnswered ||= this.#answers
    this.#silentSince = this.#answers ? undefined : (this.#silentSince ?? performance.now())
    this.#parts.onOutcome(register === undefined ? silent : undefined)
    return register
  }

  #pause(): Promise<void> {
    const { again, signal } = this.#parts
    return delay(again, undefined, { signal }).catch(() => undefined)
  }
}
