import { canonicalJSON } from "./canonical-json.ts"

export interface Difference {
  /** Such as `recoveries[0].rto`. */
  readonly path: string
  readonly recorded: unknown
  readonly follows: unknown
}

/** Where two JSON values differ, down to the single numbers. */
export function differences(recorded: unknown, follows: unknown, path = ""): Difference[] {
  if (isBranch(recorded) && isBranch(follows) && Array.isArray(recorded) === Array.isArray(follows)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(follows)])
    return [...keys].flatMap(key => {
      const step = Array.isArray(recorded) ? `[${key}]` : path === "" ? key : `.${key}`
      return differences(recorded[key], follows[key], path + step)
    })
  }
  return same(recorded, follows) ? [] : [{ path, recorded, follows }]
}

export const tellDifference = ({ path, recorded, follows }: Difference): string =>
  `${path}: recorded ${told(recorded)}, follows ${told(follows)}`

function told(value: unknown): string {
  if (value === undefined) return "nothing"
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const same = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJSON(a) === canonicalJSON(b)
