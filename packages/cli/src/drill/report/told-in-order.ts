import { type DrillEvent, regionsOf } from "@chatops/stacks/drill"

type Of<Kind extends DrillEvent["event"]> = Extract<DrillEvent, { event: Kind }>

/** What tells who was primary, and who held it all: faults, the register, and what regions say of themselves. */
export type Told = Of<"fault-made"> | Of<"register"> | Of<"noticed">

/** What happens in the same moment: an end before what begins, and the register, which is seen late, before `opened`. */
const precedence = ["fault-made", "closed", "alone", "claimed", "promoted", "register", "opened", "in-sync"]

/**
 * In the order of time. What regions noticed stands last in a record; and no order of a record changes this one. What
 * the watcher or whoever drills noticed is of nobody's database, and left out.
 */
export function toldInOrder(events: readonly DrillEvent[]): readonly Told[] {
  return events
    .filter(event => event.event === "fault-made" || event.event === "register" || event.event === "noticed")
    .filter(told => precedence.includes(kindOf(told)))
    .map(told => ({ told, text: JSON.stringify(told) }))
    .sort((a, b) => compare(a.told, b.told) || (a.text < b.text ? -1 : 1))
    .map(({ told }) => told)
}

const kindOf = (told: Told): string => (told.event === "noticed" ? told.what : told.event)

const compare = (a: Told, b: Told): number =>
  a.at - b.at || epochOf(a) - epochOf(b) || precedence.indexOf(kindOf(a)) - precedence.indexOf(kindOf(b))

/** 0 where it has none. */
export function epochOf(told: Told): number {
  if (told.event === "register") return told.register.epoch
  return told.event === "noticed" ? (told.epoch ?? 0) : 0
}

/** Regions that it is about, the primary first. */
export function regionsIn(told: Told): readonly string[] {
  if (told.event === "fault-made") return regionsOf(told.fault)
  if (told.event === "noticed") return [told.by]
  const { primary, inSync } = told.register
  return inSync === null ? [primary] : [primary, inSync.region]
}
