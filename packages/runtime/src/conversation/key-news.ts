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
    const heard = Promise.withResolvers<void>()
    const payload = payloadOf(name)
    const listeners = this.#waiting.get(payload) ?? new Set()
    this.#waiting.set(payload, listeners.add(heard.resolve))
    return {
      settled: (owner, signal) => this.#settled(heard.promise, owner, signal),
      [Symbol.dispose]: () => {
        listeners.delete(heard.resolve)
        if (listeners.size === 0 && this.#waiting.get(payload) === listeners) this.#waiting.delete(payload)
      },
    }
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

  #settled(heard: Promise<void>, owner: string, signal: AbortSignal): Promise<KeyEnd> {
    const { promise, resolve, reject } = Promise.withResolvers<KeyEnd>()
    void heard.then(() => resolve("announced"))
    const timer = setTimeout(() => resolve("look_again"), lookAgainAfter)
    const unwatch = this.#owners.watch(owner, () => resolve("owner_died"))
    const onAbort = () => reject(signal.reason)
    signal.addEventListener("abort", onAbort)
    if (signal.aborted) onAbort()
    return promise.finally(() => {
      clearTimeout(timer)
      unwatch()
      signal.removeEventListener("abort", onAbort)
    })
  }
}

/** A digest: notifications are short, and keys are the client's business. */
const payloadOf = (name: string): string => createHash("sha256").update(name).digest("base64url")
