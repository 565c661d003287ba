// @ts-check

/** @typedef {ReturnType<typeof createConnection>} Connection */

/**
 * Whether this device has a network at all. Being online promises nothing; being offline is certain.
 *
 * @param {(online: boolean) => void} changed called at once and then at every change
 */
export function createConnection(changed) {
  for (const name of ["online", "offline"]) window.addEventListener(name, () => changed(navigator.onLine))
  changed(navigator.onLine)

  return {
    isOnline: () => navigator.onLine,

    /**
     * Returns once there is a network.
     *
     * @param {AbortSignal} signal
     */
    async online(signal) {
      while (!navigator.onLine && !signal.aborted) await nextEvent(["online"], signal, null)
      signal.throwIfAborted()
    },

    /**
     * Waits, but not longer than until the network comes back.
     *
     * @param {number} milliseconds
     * @param {AbortSignal} signal
     */
    async pause(milliseconds, signal) {
      await nextEvent(["online"], signal, milliseconds)
    },
  }
}

/**
 * @param {string[]} names
 * @param {AbortSignal} signal
 * @param {number | null} longest in milliseconds
 * @returns {Promise<void>} also when aborted
 */
function nextEvent(names, signal, longest) {
  return new Promise(resolve => {
    const over = new AbortController()
    const timer = longest === null ? undefined : setTimeout(finish, longest)
    function finish() {
      clearTimeout(timer)
      over.abort()
      resolve()
    }
    for (const name of names) window.addEventListener(name, finish, { signal: over.signal })
    signal.addEventListener("abort", finish, { signal: over.signal })
    if (signal.aborted) finish()
  })
}
