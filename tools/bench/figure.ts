/** One measured number; with a limit, it falls short when `value op limit.value` is false, and so does one that is none. */
export interface Figure {
  name: string
  value: number
  unit: string
  limit?: { op: "<=" | ">="; value: number }
}

export interface Benchmark {
  name: string
  description: string
  run(): Promise<Figure[]>
}

/** Undefined where there is no limit. */
export function isMet({ value, limit }: Figure): boolean | undefined {
  if (!limit) return undefined
  return limit.op === "<=" ? value <= limit.value : value >= limit.value
}
