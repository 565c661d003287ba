import { randomUUID } from "node:crypto"
import {
  type DrillEvent,
  type LoadPlan,
  type PlannedConversation,
  seededDraw,
  toThousandth,
} from "@chatops/stacks/drill"
import { Agent } from "undici"
import { OpenedConversation } from "./opened-conversation.ts"
import { readBack } from "./read-back.ts"
import { type LoadContext, requestTurn } from "./turn-request.ts"
import { Waits } from "./waits.ts"

export interface DrillLoadOptions {
  /** The entry's, without a path. */
  readonly url: string
  readonly key: string
  readonly plan: LoadPlan
  /** Called with everything that users do and see, at once. */
  readonly record: (event: DrillEvent) => void
  /** When the drill began, by `performance.now()`. */
  readonly origin: number
  /** Gives the load up: nobody waits for anything any more. */
  readonly signal: AbortSignal
}

/** Requests, each of which is counted once, however often it was sent. */
export interface LoadCounts {
  readonly sent: number
  readonly acknowledged: number
  readonly failed: number
  readonly underWay: number
}

export interface DrillLoad {
  /** Resolves when the plan is over or the load was stopped, and what was under way then has ended. */
  readonly finished: Promise<void>
  /** As they are now. */
  readonly counts: LoadCounts
  /** No turn begins any more. What is under way goes on, repeats included. */
  stop(): void
  /**
   * Reads every conversation back that was opened, and records what it holds.
   * Throws CHAT_UNREACHABLE when one cannot be read for a minute, and the signal's reason when it was aborted.
   */
  readBack(): Promise<void>
  /** Closes all connections. */
  close(): Promise<void>
}

/**
 * Lets users come and go as the plan says: open loop, by absolute time, so that neither slow answers nor a slow machine
 * keep anybody away. A user sends the next message after the former turn was acknowledged and the time to think is over,
 * and leaves when a turn has failed for good.
 */
export function startDrillLoad(options: DrillLoadOptions): DrillLoad {
  return new Load(options)
}

/** How many conversations are read back at the same time. */
const readers = 8

class Load implements DrillLoad {
  readonly finished: Promise<void>
  readonly #plan: LoadPlan
  readonly #signal: AbortSignal
  readonly #context: LoadContext
  readonly #agent = new Agent({ allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 5_000 } })
  readonly #thinking = new Waits()
  readonly #repeats = new Waits()
  readonly #waiting = new Set<AbortController>()
  readonly #conversations: OpenedConversation[] = []
  readonly #begin: number
  #sent = 0
  #acknowledged = 0
  #failed = 0
  #stopped = false
  #bug: { readonly error: unknown } | undefined

  constructor({ url, key, plan, record, origin, signal }: DrillLoadOptions) {
    this.#plan = plan
    this.#signal = signal
    // Not the plan's own numbers: who repeats when is no part of it.
    const draw = seededDraw(plan.seed ^ 0x5bd1e995)
    this.#context = {
      entry: { url: url.replace(/\/+$/, ""), key, agent: this.#agent },
      run: randomUUID(),
      answerTokens: plan.load.answerTokens,
      record,
      now: () => toThousandth(performance.now() - origin),
      random: () => draw.uniform(),
      repeats: this.#repeats,
      patienceFor: milliseconds => this.#patienceFor(milliseconds),
    }
    this.#begin = this.#context.now()
    if (signal.aborted) this.#giveUp()
    else signal.addEventListener("abort", () => this.#giveUp(), { once: true })
    this.finished = this.#run()
  }

  get counts(): LoadCounts {
    const [sent, acknowledged, failed] = [this.#sent, this.#acknowledged, this.#failed]
    return { sent, acknowledged, failed, underWay: sent - acknowledged - failed }
  }

  stop(): void {
    this.#stopped = true
    this.#thinking.end()
  }

  async readBack(): Promise<void> {
    this.#signal.throwIfAborted()
    const opened = this.#conversations.values()
    const read = async () => {
      for (const { number, openId } of opened)
        if (openId !== undefined) this.#context.record(await readBack(this.#context, number, openId))
    }
    try {
      await Promise.all(Array.from({ length: readers }, read))
    } catch (error) {
      this.#signal.throwIfAborted()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #run(): Promise<void> {
    const users = new Set<Promise<void>>()
    for (const planned of this.#plan.conversations()) {
      await this.#sleepUntil(planned.at)
      if (this.#stopped) break
      const user = this.#converse(planned)
        .catch(error => this.#fail(error))
        .finally(() => users.delete(user))
      users.add(user)
    }
    await this.#sleepUntil(this.#plan.duration)
    await Promise.all(users)
    if (this.#bug) throw this.#bug.error
  }

  /** One user's conversation, from its first message to its last or the first that fails. */
  async #converse({ conversation: number, at, turns }: PlannedConversation): Promise<void> {
    const conversation = new OpenedConversation(number, this.#context.entry, this.#context.run)
    this.#conversations.push(conversation)
    let free = at
    for (const [index, planned] of turns.entries()) {
      const due = free + planned.think
      // What is due before the plan's end is sent, however late a slow machine comes to it.
      if (due >= this.#plan.duration) return
      await this.#sleepUntil(due)
      // Read here, where the turn begins: whoever stops the load in between counts what began.
      if (this.#stopped) return
      this.#sent += 1
      const wanted = { request: this.#sent, conversation, turn: index + 1, planned, due: this.#begin + due }
      if (!(await requestTurn(this.#context, wanted))) {
        this.#failed += 1
        return
      }
      this.#acknowledged += 1
      free = this.#context.now() - this.#begin
    }
  }

  /** Until so many milliseconds after the load's begin, or until it is stopped. */
  async #sleepUntil(time: number): Promise<void> {
    const left = this.#begin + time - this.#context.now()
    if (left > 0) await this.#thinking.sleep(left)
  }

  #patienceFor(milliseconds: number): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController()
    if (this.#signal.aborted) controller.abort()
    const timer = setTimeout(() => controller.abort(), milliseconds)
    this.#waiting.add(controller)
    const end = () => {
      clearTimeout(timer)
      this.#waiting.delete(controller)
    }
    return { signal: controller.signal, end }
  }

  #giveUp(): void {
    this.stop()
    this.#repeats.end()
    for (const controller of this.#waiting) controller.abort()
  }

  /** A bug, or a record that cannot be kept: nothing that goes on would be worth anything. */
  #fail(error: unknown): void {
    this.#bug ??= { error }
    this.#giveUp()
  }
}
