import type { ActiveFault, OpenTarget } from "@chatops/stacks"
import type { Fault } from "@chatops/stacks/drill"

export interface FakeFaults {
  readonly faults: OpenTarget["faults"]
  /** `make kill-region`, `heal kill-region`, in the order in which they came about. */
  readonly calls: string[]
}

/** Faults that break nothing but what `made` and `healed` do, and heal at their time or when they are told to. */
export function fakeFaults(happens: {
  readonly made?: (fault: Fault) => void
  readonly healed?: (fault: Fault) => void
}): FakeFaults {
  const calls: string[] = []
  const active = new Map<string, { readonly fault: ActiveFault; readonly timer: NodeJS.Timeout }>()
  const heal = (id: string) => {
    const found = active.get(id)
    if (found === undefined) return
    clearTimeout(found.timer)
    active.delete(id)
    calls.push(`heal ${found.fault.fault.kind}`)
    happens.healed?.(found.fault.fault)
  }
  const make: OpenTarget["faults"]["make"] = async (fault, { healAfter }) => {
    const id = `fault-${calls.push(`make ${fault.kind}`)}`
    const madeAt = Date.now()
    const made = { id, fault, madeAt, healsAt: madeAt + healAfter }
    active.set(id, { fault: made, timer: setTimeout(() => heal(id), healAfter) })
    happens.made?.(fault)
    return made
  }
  return {
    calls,
    faults: {
      able: async () => new Map(),
      make,
      active: async () => [...active.values()].map(({ fault }) => fault),
      heal: async id => heal(id),
    },
  }
}
