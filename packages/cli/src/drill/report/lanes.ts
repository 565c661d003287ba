import { type DrillEvent, regionsOf } from "@chatops/stacks/drill"

/** What a region's database was, for a while. */
export interface Stretch {
  readonly from: number
  readonly to: number
  /** `taking-over`: the register names it, and it lets nobody in yet. `open`: it could acknowledge. */
  readonly state: "taking-over" | "open"
  readonly epoch: number
}

/** When a second region held everything that was acknowledged. */
export interface Redundancy {
  readonly from: number
  readonly to: number
  readonly region: string
}

export interface Lane {
  readonly region: string
  readonly stretches: readonly Stretch[]
  /** When its replicas answered a turn that was acknowledged. */
  readonly answers: readonly number[]
}

/** Who could acknowledge when, by region, in the order in which they turn up. */
export function lanesOf(events: readonly DrillEvent[], end: number): readonly Lane[] {
  const changes = events.flatMap(changesOf)
  const answers = Map.groupBy(
    events.filter(event => event.event === "acknowledged"),
    ({ region }) => region,
  )
  const regions = new Set([...events.flatMap(regionsIn), ...answers.keys()])
  return [...regions].map(region => ({
    region,
    stretches: stretchesOf(region, changes, end),
    answers: (answers.get(region) ?? []).map(({ at }) => at),
  }))
}

/** As the register told it, and the regions themselves. */
export function redundancyOf(events: readonly DrillEvent[], end: number): readonly Redundancy[] {
  const found: Redundancy[] = []
  let current: { from: number; region: string } | undefined
  const become = (at: number, region: string | undefined) => {
    if (current?.region === region) return
    if (current && at > current.from) found.push({ ...current, to: at })
    current = region === undefined ? undefined : { from: at, region }
  }
  for (const event of events) {
    if (event.event === "register") become(event.at, event.register.inSync?.region)
    if (event.event === "noticed" && event.what === "alone") become(event.at, undefined)
    if (event.event === "noticed" && event.what === "in-sync") become(event.at, event.detail ?? event.by)
  }
  become(end, undefined)
  return found
}

interface Change {
  readonly at: number
  readonly region: string
  /** `away`: it can acknowledge nothing from here on, whether or not anybody is left to say so. */
  readonly becomes: Stretch["state"] | "away"
  readonly epoch: number
}

const lethal: ReadonlySet<string> = new Set(["kill-database", "kill-region"])

function changesOf(event: DrillEvent): readonly Change[] {
  if (event.event === "fault-made" && lethal.has(event.fault.kind))
    return regionsOf(event.fault).map(region => ({ at: event.at, region, becomes: "away", epoch: 0 }))
  if (event.event !== "noticed") return []
  const { at, by: region, what, epoch = 0 } = event
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
  for (const change of changes) {
    // Once another region holds a newer epoch, nothing that this one says is acknowledged any more.
    if (change.region !== region) {
      if (change.becomes !== "away" && current && change.epoch > current.epoch) close(change.at)
      continue
    }
    if (change.becomes === "away") close(change.at)
    else if (current?.state !== change.becomes || current.epoch !== change.epoch) {
      close(change.at)
      current = { from: change.at, state: change.becomes, epoch: change.epoch }
    }
  }
  close(end)
  return found
}

function regionsIn(event: DrillEvent): readonly string[] {
  if (event.event === "register")
    return [event.register.primary, ...(event.register.inSync ? [event.register.inSync.region] : [])]
  if (event.event === "noticed" && event.by !== "watcher") return [event.by]
  return event.event === "fault-made" ? regionsOf(event.fault) : []
}
