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
  while (!(await condition())) {
    signal.throwIfAborted()
    await (source ? nextChange(source, signal) : delay(pollEvery, undefined, { signal }))
  }
}

function nextChange(source: ChangeSource, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      source.off("change", done)
      signal.removeEventListener("abort", aborted)
      resolve()
    }
    const aborted = () => {
      source.off("change", done)
      reject(signal.reason)
    }
    source.on("change", done)
    signal.addEventListener("abort", aborted, { once: true })
  })
}
