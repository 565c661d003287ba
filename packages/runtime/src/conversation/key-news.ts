import { createHash } from "node:crypto"
import type { PrimaryDatabase } from "../database/index.ts"
import { OwnerWatch } from "./owner-watch.ts"

/** Waiting for the request that holds an idempotency key. */
export interface KeyNews extends Disposable {
  /** Settles with why it is time to look at the key again. Throws the signal's reason. */
  settled(owner: string, signal: AbortSignal): Promise<KeyEnd>
}

export type KeyEnd = "announced" | "owner_died" | "look_again"

/** Milliseconds after which a waiter looks again although it heard nothing: a notification may get lost. */
const lookAgainAfter = 2_000

/** Who waits for which key on this replica. */
export class KeyNewsDesk {
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #owners: OwnerWatch

  constructor(database: PrimaryDatabase) {
    this.#owners = new OwnerWatch(database)
  }

  listen(name: string): KeyNews {
    const payload = payloadOf(name)
    const listeners = this.#waiting.get(payload) ?? new Set()
    this.#waiting.set(payload, listeners)
    return new Waiting(this.#owners, listeners, () => {
      if (listeners.size === 0 && this.#waiting.get(payload) === listeners) this.#waiting.delete(payload)
    })
  }

  /** Wakes those here; returns what to tell other replicas. */
  announce(name: string): string {
    const payload = payloadOf(name)
    this.deliver(payload)
    return payload
  }

  deliver(payload: string): void {
    for (const heard of this.#waiting.get(payload) ?? []) heard()
  }
}

class Waiting implements KeyNews {
  readonly #owners: OwnerWatch
  readonly #listeners: Set<() => void>
  readonly #onDispose: () => void
  readonly #hear = () => this.#end("announced")
  #watched: { readonly owner: string; readonly stop: () => void } | undefined
  /** What happened since it was last asked; the first of several counts. */
  #happened: KeyEnd | undefined
  #wake = () => {}

  constructor(owners: OwnerWatch, listeners: Set<() => void>, onDispose: () => void) {
    this.#owners = owners
    this.#listeners = listeners.add(this.#hear)
    this.#onDispose = onDispose
  }

  async settled(owner: string, signal: AbortSignal): Promise<KeyEnd> {
    this.#watch(owner)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(() => this.#end("look_again"), lookAgainAfter)
    signal.addEventListener("abort", this.#wake)
    if (this.#happened === undefined && !signal.aborted) await promise
    signal.removeEventListener("abort", this.#wake)
    clearTimeout(timer)
    signal.throwIfAborted()
    const happened = this.#happened ?? "look_again"
    this.#happened = undefined
    return happened
  }

  [Symbol.dispose](): void {
    this.#watched?.stop()
    this.#listeners.delete(this.#hear)
    this.#onDispose()
  }

  /** Goes on watching the same owner, for what was seen of it so far counts. */
  #watch(owner: string): void {
    if (this.#watched?.owner === owner) return
    this.#watched?.stop()
    this.#watched = { owner, stop: this.#owners.watch(owner, () => this.#died()) }
  }

  #died(): void {
    // Told once; an owner that is asked about again is watched anew.
    this.#watched = undefined
    this.#end("owner_died")
  }

  #end(end: KeyEnd): void {
    this.#happened ??= end
    this.#wake()
  }
}

/** A digest: notifications are short, and keys are the client's business. */
const payloadOf = (name: string): string => createHash("sha256").update(name).digest("base64url")
