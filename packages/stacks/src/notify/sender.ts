import { isDeepStrictEqual } from "node:util"
import type { NotifyStatus } from "../environment-state.ts"
import { type Delivery, deliver, type Receiver } from "./deliver.ts"
import type { Message, Outbox } from "./outbox.ts"
import { longestPause, pauseAfter, type RetryPolicy, usualRetries } from "./retry-policy.ts"

/** In milliseconds. */
const lookEvery = 500

type Failure = NonNullable<NotifyStatus["failure"]>

/**
 * Sends what waits in the outbox, at least once, in no particular order. One attempt at a time goes to each receiver:
 * one that hangs holds up nobody but itself. Nothing is kept in memory that a killed sender would miss.
 */
export class Sender {
  readonly #outbox: Outbox
  readonly #receivers: readonly Receiver[]
  readonly #retries: RetryPolicy
  readonly #onChange: () => void
  readonly #timer: NodeJS.Timeout
  /** Addresses of receivers that are being sent to. */
  readonly #busy = new Set<string>()
  /** When a message is due, by `performance.now()`: nobody sets that clock. */
  readonly #due = new WeakMap<Message, number>()
  /** What was given up, by address, until something is delivered there again. */
  readonly #givenUp = new Map<string, Failure>()
  #messages: readonly Message[] = []
  #looking = false
  #lookAgain = false
  #stopped = false

  constructor(outbox: Outbox, receivers: readonly Receiver[], onChange: () => void, retries = usualRetries) {
    this.#outbox = outbox
    this.#receivers = receivers
    this.#onChange = onChange
    this.#retries = retries
    this.#timer = setInterval(() => void this.#look(), lookEvery).unref()
    void this.#outbox.tidy().catch(() => undefined)
    void this.#look()
  }

  get status(): NotifyStatus {
    const failures = [...this.#messages.flatMap(failureOf), ...this.#givenUp.values()]
    const [latest] = failures.toSorted((one, other) => other.at.localeCompare(one.at))
    return { waiting: this.#messages.length, failure: latest ?? null }
  }

  /** What is under way is left: it is sent again by whoever comes next. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    this.#lookAgain = this.#looking
    if (this.#looking || this.#stopped) return
    this.#looking = true
    const before = this.status
    try {
      await this.#giveUpOld(await this.#outbox.waiting())
      this.#messages = await this.#outbox.waiting()
      for (const message of this.#messages) this.#meet(message)
      for (const receiver of this.#receivers) this.#begin(receiver)
    } catch {
      // A full or broken disk: the next look may go well.
    } finally {
      this.#looking = false
    }
    if (!isDeepStrictEqual(before, this.status)) this.#onChange()
    if (this.#lookAgain) await this.#look()
  }

  /**
   * What a receiver was tried with for long enough; and what waits for one that is not in chatops.yaml any more, which
   * goes by the clock, for nobody counts its tries.
   */
  async #giveUpOld(messages: readonly Message[]): Promise<void> {
    const { giveUpAfter } = this.#retries
    const known = new Set(this.#receivers.map(({ url }) => url))
    for (const message of messages) {
      const { url, addedAt, waited } = message
      const isOver = waited >= giveUpAfter || (!known.has(url) && Date.now() - addedAt > giveUpAfter)
      if (isOver && !this.#busy.has(url)) await this.#giveUp(message)
    }
  }

  /** What another process wrote down is by the clock of its time: it waits no longer than any message does. */
  #meet(message: Message): void {
    if (this.#due.has(message)) return
    const { attempts, dueAt } = message
    const wait = attempts === 0 ? 0 : Math.min(Math.max(0, dueAt - Date.now()), longestPause(this.#retries))
    this.#due.set(message, performance.now() + wait)
  }

  #isDue(message: Message): boolean {
    return (this.#due.get(message) ?? 0) <= performance.now()
  }

  #begin(receiver: Receiver): void {
    const { url } = receiver
    const due = this.#messages.find(message => message.url === url && this.#isDue(message))
    if (due === undefined || this.#busy.has(url) || this.#stopped) return
    this.#busy.add(url)
    void this.#send(due, receiver)
      .catch(() => undefined)
      .finally(() => {
        this.#busy.delete(url)
        void this.#look()
      })
  }

  async #send(message: Message, receiver: Receiver): Promise<void> {
    const began = performance.now()
    const delivery = await deliver(message, receiver, this.#retries.attempt)
    if (this.#stopped && delivery.outcome !== "delivered") return
    if (delivery.outcome === "delivered") {
      this.#givenUp.delete(message.url)
      return this.#outbox.remove(message)
    }
    const failed = afterFailure(message, delivery.reason, performance.now() - began, this.#retries)
    await (delivery.outcome === "gone" ? this.#giveUp(failed) : this.#outbox.postpone(failed))
  }

  async #giveUp(message: Message): Promise<void> {
    const [failure] = failureOf(message)
    if (failure !== undefined) this.#givenUp.set(message.url, { ...failure, again: null })
    await this.#outbox.remove(message)
  }
}

type Failed = Extract<Delivery, { reason: string }>

/** `took`: that attempt, in milliseconds. */
function afterFailure(message: Message, reason: Failed["reason"], took: number, retries: RetryPolicy): Message {
  const attempts = message.attempts + 1
  const pause = pauseAfter(attempts, retries, Math.random())
  const waited = Math.round(message.waited + took + pause)
  const failure = { at: new Date().toISOString(), reason }
  return { ...message, attempts, waited, dueAt: Date.now() + pause, failure }
}

/** Of an address only the host is shown: the rest may be as good as a password. */
function failureOf({ url, event, attempts, dueAt, failure }: Message): Failure[] {
  if (failure === null) return []
  const again = new Date(dueAt).toISOString()
  return [{ ...failure, receiver: new URL(url).host, type: event.type, attempts, again }]
}
