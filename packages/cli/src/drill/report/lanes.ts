import { type DrillEvent, regionsOf } from "@chatops/stacks/drill"
import { regionsIn, type Told, toldInOrder } from "./told-in-order.ts"

/** What a region's database was, for a while. */
export interface Stretch {
  readonly from: number
  readonly to: number
  /** `taking-over`: the register names it, and it lets nobody in yet. `open`: it could acknowledge. */
  readonly state: "taking-over" | "open"
  readonly epoch: number
}

export interface Lane {
  readonly region: string
  readonly stretches: readonly Stretch[]
  /** When its replicas answered a turn that was acknowledged, in order. */
  readonly answers: readonly number[]
}

/**
 * Who could acknowledge when, by region: the first primary, who was in sync with it, and the others by their names. The
 * same in whatever order the events were recorded.
 */
export function lanesOf(events: readonly DrillEvent[], end: number): readonly Lane[] {
  const told = toldInOrder(events)
  const changes = changesOf(told)
  const answers = Map.groupBy(
    events.filter(event => event.event === "acknowledged"),
    ({ region }) => region,
  )
  const first = told.find(({ event }) => event === "register")
  const others = [...told.flatMap(regionsIn), ...answers.keys()].sort()
  const regions = new Set([...(first ? regionsIn(first) : []), ...others])
  return [...regions].map(region => ({
    region,
    stretches: stretchesOf(region, changes, end),
    answers: (answers.get(region) ?? []).map(({ at }) => at).sort((a, b) => a - b),
  }))
}

interface Change {
  readonly at: number
  readonly region: string
  /** `away`: it can acknowledge nothing from here on, whether or not anybody is left to say so. */
  readonly becomes: Stretch["state"] | "away"
  readonly epoch: number
}

function changesOf(told: readonly Told[]): readonly Change[] {
  const first = told.find(({ event }) => event === "register")
  /** The newest epoch that was told of each region; 0: only that it died. */
  const known = new Map<string, number>()
  const isNews = (one: Told) => (change: Change) => {
    const before = known.get(change.region)
    if (one === first) return before === undefined
    // Regions themselves tell sooner than the register is looked at.
    return one.event !== "register" || (before ?? 0) < change.epoch
  }
  return told.flatMap(one => {
    const changes = changesBy(one)
    const news = changes.filter(isNews(one))
    for (const { region, epoch } of changes) known.set(region, Math.max(epoch, known.get(region) ?? 0))
    // A drill begins only where all is well.
    return one === first ? news.map(change => ({ ...change, becomes: "open" as const })) : news
  })
}

const lethal: ReadonlySet<string> = new Set(["kill-database", "kill-region"])

function changesBy(told: Told): readonly Change[] {
  const { at } = told
  if (told.event === "noticed") return changesNoticed(told)
  if (told.event === "register")
    return [{ at, region: told.register.primary, becomes: "taking-over", epoch: told.register.epoch }]
  if (!lethal.has(told.fault.kind)) return []
  return regionsOf(told.fault).map(region => ({ at, region, becomes: "away", epoch: 0 }))
}

function changesNoticed({ at, by: region, what, epoch = 0 }: Extract<Told, { event: "noticed" }>): readonly Change[] {
  if (what === "closed") return [{ at, region, becomes: "away", epoch }]
  if (what === "opened") return [{ at, region, becomes: "open", epoch }]
  return what === "claimed" || what === "promoted" ? [{ at, region, becomes: "taking-over", epoch }] : []
}

function stretchesOf(region: string, changes: readonly Change[], end: number): readonly Stretch[] {
  const found: Stretch[] = []
  let current: { from: number; state: Stretch["state"]; epoch: number } | undefined
  const close = (to: number) => {
    if (current && to > current.from) found.push({ ...current, to })
    current = undefined
  }
  /** The newest epoch that another region has held: nothing that this one says in an older one is acknowledged any more. */
  let fence = 0
  for (const change of changes) {
    if (change.region !== region) {
      if (change.becomes !== "away") fence = Math.max(fence, change.epoch)
      if (current && fence > current.epoch) close(change.at)
    } else if (change.becomes === "away") close(change.at)
    else if (change.epoch >= fence && (current?.state !== change.becomes || current.epoch !== change.epoch)) {
      close(change.at)
      current = { from: change.at, state: change.becomes, epoch: change.epoch }
    }
  }
  close(end)
  return found
}
