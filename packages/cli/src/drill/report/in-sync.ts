import type { DrillEvent } from "@chatops/stacks/drill"
import { epochOf, regionsIn, type Told, toldInOrder } from "./told-in-order.ts"

/** When a second region held everything that was acknowledged. */
export interface Redundancy {
  readonly from: number
  readonly to: number
  readonly region: string
}

/**
 * As the register told it, and primaries themselves: never the one that is primary then, whose claim ends it. The same
 * in whatever order the events were recorded.
 */
export function redundancyOf(events: readonly DrillEvent[], end: number): readonly Redundancy[] {
  const found: Redundancy[] = []
  let current: { from: number; region: string } | undefined
  const become = (at: number, region: string | undefined) => {
    if (current?.region === region) return
    if (current && at > current.from) found.push({ ...current, to: at })
    current = region === undefined ? undefined : { from: at, region }
  }
  let epoch = 0
  for (const told of toldInOrder(events)) {
    if (told.event === "fault-made") continue
    const own = epochOf(told) || epoch
    // What a former primary says comes late, and holds no more.
    if (own < epoch) continue
    if (own > epoch) become(told.at, undefined)
    epoch = own
    const [primary] = regionsIn(told)
    const news = inSyncBy(told)
    if (news !== undefined && news.region !== primary) become(told.at, news.region)
  }
  become(end, undefined)
  return found
}

/** Whom it names as in sync; undefined: it says nothing of that. */
function inSyncBy(told: Exclude<Told, { event: "fault-made" }>): { readonly region: string | undefined } | undefined {
  if (told.event === "register") return { region: told.register.inSync?.region }
  if (told.what === "alone") return { region: undefined }
  // Without the region's name it says only what the register says with it.
  return told.what === "in-sync" && told.detail !== undefined ? { region: told.detail } : undefined
}
