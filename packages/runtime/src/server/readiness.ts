/** Whether this replica should get requests. */
export interface Readiness {
  readonly ready: boolean
  /** Why not; empty when ready. */
  readonly reasons: readonly string[]
  readonly draining: boolean
  /** From now on requests are refused. */
  drain(): void
  /** Called whenever `ready` changes. */
  onChange(listener: () => void): void
}

export interface ReadinessSources {
  /** Why the database cannot be used; undefined when it can. */
  readonly databaseReason: () => string | undefined
  readonly onDatabaseChange: (listener: () => void) => void
}

export function createReadiness(sources: ReadinessSources): Readiness {
  const listeners: (() => void)[] = []
  let draining = false
  let last = false
  const reasons = () => [...(draining ? ["draining"] : []), ...[sources.databaseReason() ?? []].flat()]
  const update = () => {
    const ready = reasons().length === 0
    if (ready === last) return
    last = ready
    for (const listener of listeners) listener()
  }
  sources.onDatabaseChange(update)
  update()
  return {
    get ready() {
      return reasons().length === 0
    },
    get reasons() {
      return reasons()
    },
    get draining() {
      return draining
    },
    drain() {
      draining = true
      update()
    },
    onChange: listener => {
      listeners.push(listener)
    },
  }
}
