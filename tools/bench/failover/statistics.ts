import type { DrillFigures } from "@chatops/stacks/drill"

export const middle = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

export const sumOf = (figures: readonly DrillFigures[], of: (turns: DrillFigures["turns"]) => number): number =>
  figures.reduce((all, { turns }) => all + of(turns), 0)

/** Turns that are otherwise than their users were told. */
export const wrong = ({ lost, doubled, outOfOrder, altered }: DrillFigures["turns"]): number =>
  lost + doubled + outOfOrder + altered

export const atMost = (value: number) => ({ op: "<=" as const, value })
export const atLeast = (value: number) => ({ op: ">=" as const, value })
