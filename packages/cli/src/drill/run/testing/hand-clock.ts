import type { Clocks } from "../drill-clock.ts"

/** Clocks that stand still until they are told to go, or to jump. */
export class HandClock implements Clocks {
  #monotonic = 5_000
  #wall = Date.UTC(2026, 2, 1, 10)

  monotonic(): number {
    return this.#monotonic
  }

  wall(): number {
    return this.#wall
  }

  go(milliseconds: number): void {
    this.#monotonic += milliseconds
    this.#wall += milliseconds
  }

  /** Somebody sets the wall clock. */
  jump(milliseconds: number): void {
    this.#wall += milliseconds
  }
}
