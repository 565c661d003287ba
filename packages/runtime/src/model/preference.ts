/** Upstreams in order of preference, where those that misbehave stand aside for a while. */
export interface Preference<T> {
  /**
   * The best one not yet tried: the first that is not cooling down, else the first that is, so that a request is
   * never refused for want of trying. When a cool-down is over, only one request at a time finds out whether the
   * upstream is well again.
   */
  next(tried: ReadonlySet<T>): T | undefined
  succeeded(upstream: T): void
  /** `retryAfter`: milliseconds that the upstream itself asked for. */
  failed(upstream: T, retryAfter?: number): void
}

/** Milliseconds: the first cool-down, doubled with each failure in a row up to the longest. */
export const coolDown = { first: 2_000, longest: 60_000 }

/** `now`: milliseconds of a clock that never goes back. */
export function createPreference<T>(
  upstreams: readonly T[],
  now: () => number = () => performance.now(),
): Preference<T> {
  const states = new Map<T, { failures: number; until: number }>()

  function standAside(upstream: T, failures: number, atLeast = 0) {
    const duration = Math.max(coolDown.first * 2 ** Math.min(failures - 1, 10), atLeast)
    states.set(upstream, { failures, until: now() + Math.min(duration, coolDown.longest) })
  }

  return {
    next(tried) {
      let cooling: T | undefined
      for (const upstream of upstreams) {
        if (tried.has(upstream)) continue
        const state = states.get(upstream)
        if (state === undefined) return upstream
        if (state.until <= now()) {
          standAside(upstream, state.failures)
          return upstream
        }
        cooling ??= upstream
      }
      return cooling
    },
    succeeded(upstream) {
      states.delete(upstream)
    },
    failed(upstream, retryAfter) {
      standAside(upstream, (states.get(upstream)?.failures ?? 0) + 1, retryAfter)
    },
  }
}
