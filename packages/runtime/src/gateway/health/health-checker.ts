import type { GatewaySettings } from "../../contract/index.ts"
import { type CheckedAddress, type CheckResult, checkBackend } from "./check-backend.ts"

/** What a checker needs of a backend. */
export interface Checkable extends CheckedAddress {
  checked(result: CheckResult, startedAt: number): void
}

/**
 * Checks one backend again and again: at once, then `interval` milliseconds after the start of the last check.
 * `settings` is asked each time, so that new settings count from the next check.
 */
export class HealthChecker {
  readonly #backend: Checkable
  readonly #settings: () => GatewaySettings["health"]
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(backend: Checkable, settings: () => GatewaySettings["health"]) {
    this.#backend = backend
    this.#settings = settings
  }

  start(): void {
    void this.#check()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #check(): Promise<void> {
    const startedAt = performance.now()
    const result = await checkBackend(this.#backend, this.#settings().timeout)
    if (this.#stopped) return
    this.#backend.checked(result, startedAt)
    const wait = Math.max(0, startedAt + this.#settings().interval - performance.now())
    this.#timer = setTimeout(() => void this.#check(), wait)
  }
}
