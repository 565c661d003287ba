import type { DrillEvent } from "@chatops/stacks/drill"

/** What clients saw in one piece of time. */
export interface Bucket {
  readonly at: number
  readonly acknowledged: number
  /** Attempts that came to nothing. */
  readonly failed: number
  /** Milliseconds from a request's first attempt to its acknowledgement, for those acknowledged here; null: there are none. */
  readonly p95: number | null
}

/** Pieces of `width` milliseconds from `from` on. */
export function bucketsOf(events: readonly DrillEvent[], from: number, to: number, width: number): readonly Bucket[] {
  const firstSent = new Map<number, number>()
  const found = Array.from({ length: Math.max(1, Math.ceil((to - from) / width)) }, () => ({
    failed: 0,
    latencies: [] as number[],
  }))
  for (const event of events) {
    if (event.event === "sent" && !firstSent.has(event.request)) firstSent.set(event.request, event.at)
    const bucket = found[Math.floor((event.at - from) / width)]
    if (bucket === undefined) continue
    if (event.event === "failed") bucket.failed += 1
    if (event.event === "acknowledged") bucket.latencies.push(event.at - (firstSent.get(event.request) ?? event.at))
  }
  return found.map(({ failed, latencies }, index) => ({
    at: from + index * width,
    acknowledged: latencies.length,
    failed,
    p95: share(latencies, 0.95),
  }))
}

function share(values: readonly number[], part: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? null
}
