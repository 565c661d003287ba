import type { DrillFigures } from "@chatops/stacks/drill"

/** Of an even number of values the mean of the two in the middle; of none NaN, which meets no limit. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.ceil(sorted.length / 2) - 1,
    Math.floor(sorted.length / 2) + 1,
  )
  return low === high ? low : (low + high) / 2
}

/** Of none NaN, which meets no limit. */
export const largest = (values: readonly number[]): number => (values.length > 0 ? Math.max(...values) : Number.NaN)

export const sumOf = (figures: readonly DrillFigures[], of: (turns: DrillFigures["turns"]) => number): number =>
  figures.reduce((all, { turns }) => all + of(turns), 0)

/** Turns that are otherwise than their users were told. */
export const wrong = ({ lost, doubled, outOfOrder, altered }: DrillFigures["turns"]): number =>
  lost + doubled + outOfOrder + altered

export const atMost = (value: number) => ({ op: "<=" as const, value })
export const atLeast = (value: number) => ({ op: ">=" as const, value })
