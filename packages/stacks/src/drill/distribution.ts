import type { Distribution } from "./drill-figures.ts"
import { toThousandth } from "./drill-time.ts"

/** By nearest rank: each share is a duration that occurred. Null where there is none. */
export function distributionOf(durations: readonly number[]): Distribution | null {
  if (durations.length === 0) return null
  const sorted = Float64Array.from(durations).sort()
  const share = (percent: number) => toThousandth(sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? 0)
  return { count: sorted.length, p50: share(50), p95: share(95), p99: share(99), max: share(100) }
}
