import type { DrillHistory } from "./drill-history.ts"

/** What the environment could stand, from this moment on. */
export interface Redundancy {
  readonly at: number
  /** Nothing that was seen to be missing, and, where turns must not be lost, a region in sync. */
  readonly whole: boolean
}

/** In order of time, whenever something was told of it. Of a record that tells nothing of what is missing: in sync alone. */
export function redundancyOf({ registers, noticed, wholes }: DrillHistory): Redundancy[] {
  const told = [
    ...registers.map(({ at, register: { inSync, durability } }) => ({ at, inSync: inSync !== null, durability })),
    ...noticed
      .filter(({ what }) => what === "in-sync" || what === "alone")
      .map(({ at, what }) => ({ at, inSync: what === "in-sync" })),
    ...wholes.map(({ at, missing }) => ({ at, missing: missing.length > 0 })),
  ].sort((a, b) => a.at - b.at)
  const looked = wholes.length > 0
  // Before the first look nobody knows.
  let now = { inSync: false, missing: true, durability: "zero-loss" }
  return told.map(({ at, ...news }) => {
    now = { ...now, ...news }
    const { inSync, missing, durability } = now
    return { at, whole: looked ? !missing && (inSync || durability === "async") : inSync }
  })
}

/** When it was whole again, after the last time between this fault and the next that it was not. */
export function wholeAgain(redundancy: readonly Redundancy[], fault: number, next: number): number | undefined {
  const before = redundancy.findLast(({ at }) => at <= fault)
  const lost = redundancy.findLastIndex(({ at, whole }) => at > fault && at < next && !whole)
  if (lost < 0 && before?.whole) return fault
  return redundancy.slice(lost + 1).find(({ at, whole }) => at > fault && whole)?.at
}
