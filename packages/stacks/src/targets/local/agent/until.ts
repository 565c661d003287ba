import { setTimeout as delay } from "node:timers/promises"

const pollEvery = 15

/** Whatever says `change`. */
export interface ChangeSource {
  on(event: "change", listener: () => void): unknown
  off(event: "change", listener: () => void): unknown
}

/**
 * Resolves once the condition holds. Looks again whenever the source says `change`; without a source, for things that
 * give no event (another program's files), every few milliseconds. Rejects when the signal aborts.
 */
export async function untilTrue(
  source: ChangeSource | undefined,
  condition: () => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  if (source === undefined) {
    while (!(await condition())) await delay(pollEvery, undefined, { signal })
    return
  }
  for (;;) {
    // Listens before it looks: a change between a look and the listening would be waited for in vain.
    const change = new NextChange(source, signal)
    try {
      if (await condition()) return
      signal.throwIfAborted()
      await change.come
    } finally {
      change.forget()
    }
  }
}

class NextChange {
  readonly come: Promise<void>
  readonly #source: ChangeSource
  readonly #signal: AbortSignal
  readonly #done: () => void

  constructor(source: ChangeSource, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.come = promise
    this.#source = source
    this.#signal = signal
    this.#done = () => resolve()
    source.on("change", this.#done)
    signal.addEventListener("abort", this.#done, { once: true })
  }

  forget(): void {
    this.#source.off("change", this.#done)
    this.#signal.removeEventListener("abort", this.#done)
  }
}
