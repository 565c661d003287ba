/** `base`, `region-<name>`, `entry`: made in this order, regions at once. */
export type StackName = "base" | `region-${string}` | "entry"

export const regionStack = (region: string): StackName => `region-${region}`

/** Stacks in waves: everything within one wave may be made at the same time. */
export const stackWaves = (regions: readonly string[]): readonly (readonly StackName[])[] => [
  ["base"],
  regions.map(regionStack),
  ["entry"],
]
