import type { DrillEvent } from "./drill-event.ts"
import type { DrillFigures } from "./drill-figures.ts"

interface StreamedRequest {
  /** Attempts whose answer has begun. */
  readonly begun: Set<number>
  /** Attempts that go on with a broken answer. */
  readonly resuming: Set<number>
  /** Its last stream broke, and nothing was made of that yet. */
  broken: boolean
}

/** Counts streams by attempt. A stream that broke is retried or resumed once, or its user gave up. */
export function streamCounts(events: Iterable<DrillEvent>): DrillFigures["streams"] {
  const counts = { begun: 0, completed: 0, broken: 0, retried: 0, resumed: 0 }
  const requests = new Map<number, StreamedRequest>()
  for (const event of events) {
    if (event.event === "sent" && event.streamed && !requests.has(event.request))
      requests.set(event.request, { begun: new Set(), resuming: new Set(), broken: false })
    if (!("request" in event)) continue
    const request = requests.get(event.request)
    if (request === undefined) continue
    if (event.event === "sent") {
      if (event.resumes !== undefined) request.resuming.add(event.attempt)
      else if (request.broken) {
        request.broken = false
        counts.retried += 1
      }
    } else if (event.event === "first-byte") {
      request.begun.add(event.attempt)
      counts.begun += 1
      if (!request.broken || !request.resuming.has(event.attempt)) continue
      request.broken = false
      counts.resumed += 1
    } else if (request.begun.has(event.attempt)) {
      if (event.event === "acknowledged") counts.completed += 1
      else {
        request.broken = true
        counts.broken += 1
      }
    }
  }
  return counts
}
