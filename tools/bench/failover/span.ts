import type { DrillEvent, DrillSpan } from "@chatops/stacks/drill"

/**
 * The longest time without an acknowledged turn that touches this span, in milliseconds, from events in the order of
 * time. What began before the span counts from where it began, and what lasts beyond it to its end. Where no turn was
 * acknowledged before, it counts from the span's begin; where none was afterwards, to the span's end.
 */
export function longestPause(events: readonly DrillEvent[], { from, to }: DrillSpan): number {
  const acknowledged = events.flatMap(({ event, at }) => (event === "acknowledged" ? [at] : []))
  if ((acknowledged[0] ?? to) > from) acknowledged.unshift(from)
  if ((acknowledged.at(-1) ?? from) < to) acknowledged.push(to)
  const pauses = acknowledged.slice(1).map((at, index) => ({ from: acknowledged[index] ?? at, to: at }))
  return Math.max(0, ...pauses.filter(pause => pause.to > from && pause.from < to).map(pause => pause.to - pause.from))
}

export const acknowledgedWithin = (events: readonly DrillEvent[], { from, to }: DrillSpan): number =>
  events.filter(({ event, at }) => event === "acknowledged" && at >= from && at < to).length

/**
 * Attempts that came to nothing within the span, were they repeated or not. An answer that broke off with an event that
 * asks for a repeat is none of them.
 */
export const failedAttempts = (events: readonly DrillEvent[], { from, to }: DrillSpan): number =>
  events.filter(event => event.event === "failed" && event.how !== "told" && event.at >= from && event.at < to).length
