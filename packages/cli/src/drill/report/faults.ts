import type { DrillEvent, Fault } from "@chatops/stacks/drill"

export interface Mark {
  readonly what: "suspected" | "claimed" | "promoted" | "opened" | "acknowledged"
  readonly at: number
}

/** One fault, and what followed before the next one. */
export interface FaultStory {
  readonly fault: Fault
  readonly at: number
  /** Null: it did not heal while anybody looked. */
  readonly healedAt: number | null
  readonly marks: readonly Mark[]
}

/** In the order in which they were made. */
export function faultStories(events: readonly DrillEvent[]): readonly FaultStory[] {
  const made = events.filter(event => event.event === "fault-made").sort((a, b) => a.at - b.at)
  const healed = events.filter(event => event.event === "fault-healed")
  return made.map(({ at, fault }, index) => {
    const until = made.slice(index + 1).find(next => next.at > at)?.at ?? Number.POSITIVE_INFINITY
    const heal = healed.find(event => event.at >= at && JSON.stringify(event.fault) === JSON.stringify(fault))
    return { fault, at, healedAt: heal?.at ?? null, marks: marksOf(events, at, until) }
  })
}

function marksOf(events: readonly DrillEvent[], from: number, until: number): readonly Mark[] {
  const within = events.filter(({ at }) => at >= from && at < until)
  const noticed = (["suspected", "claimed", "promoted", "opened"] as const).flatMap(what => {
    const at = firstOf(within.filter(event => event.event === "noticed" && event.what === what))
    return at === undefined ? [] : [{ what, at }]
  })
  // An answer to what was sent before the fault proves nothing about the time after it.
  const before = new Set(events.flatMap(event => (event.event === "sent" && event.at <= from ? event.request : [])))
  const answer = firstOf(within.filter(event => event.event === "acknowledged" && !before.has(event.request)))
  const answered = answer === undefined ? [] : [{ what: "acknowledged" as const, at: answer }]
  return [...noticed, ...answered].sort((a, b) => a.at - b.at)
}

/** What regions noticed stands last in a record, and not in the order of time. */
const firstOf = (events: readonly DrillEvent[]): number | undefined =>
  events.reduce<number | undefined>((first, { at }) => (first === undefined || at < first ? at : first), undefined)
