import type { Distribution, DrillEvent, DrillFigures } from "@chatops/stacks/drill"
import { regionsOf } from "@chatops/stacks/drill"

type Of<Name extends DrillEvent["event"]> = Extract<DrillEvent, { event: Name }>

/** Figures enough like the real ones to be shown and checked; no history checker, and one rule each. */
export function simpleFigures(events: readonly DrillEvent[]): DrillFigures {
  const all = <Name extends DrillEvent["event"]>(name: Name) =>
    events.filter((event): event is Of<Name> => event.event === name)
  const [sent, acknowledged, failed, noticed] = [all("sent"), all("acknowledged"), all("failed"), all("noticed")]
  const firstSent = Map.groupBy(
    sent.filter(({ attempt }) => attempt === 0),
    ({ request }) => request,
  )
  const held = new Set(all("read-back").flatMap(({ turns }) => turns.map(({ request }) => request)))
  const since = (from: number, found: { at: number } | undefined) => (found ? found.at - from : null)
  const sentAt = new Map(sent.map(event => [`${event.request}/${event.attempt}`, event.at]))
  const broken = failed.filter(({ how }) => how === "broken" || how === "told")
  return {
    recoveries: all("fault-made").map(({ at, fault }) => {
      const after = <Event extends { at: number }>(
        list: readonly Event[],
        fits: (event: Event) => boolean = () => true,
      ) =>
        since(
          at,
          list.find(event => event.at >= at && fits(event)),
        )
      const what = (name: Of<"noticed">["what"]) => after(noticed, event => event.what === name)
      const fresh = (event: { request: number; attempt: number }) =>
        (sentAt.get(`${event.request}/${event.attempt}`) ?? 0) >= at
      return {
        fault: fault.kind,
        regions: [...regionsOf(fault)],
        at,
        rto: after(acknowledged, fresh),
        detected: what("suspected"),
        claimed: what("claimed"),
        promoted: what("promoted"),
        firstByte: after(all("first-byte"), fresh),
        redundant: what("in-sync"),
      }
    }),
    turns: {
      requested: firstSent.size,
      acknowledged: acknowledged.length,
      lost: acknowledged.filter(({ request }) => !held.has(request)).length,
      doubled: 0,
      outOfOrder: 0,
      altered: 0,
      unknown: 0,
    },
    requests: {
      attempts: sent.length,
      failedAttempts: Object.fromEntries(
        [...Map.groupBy(failed, ({ how }) => how)].map(([how, list]) => [how, list.length]),
      ),
      failed: failed.filter(({ again }) => !again).length,
      latency: distribution(acknowledged.map(({ at, request }) => at - (firstSent.get(request)?.[0]?.at ?? at))),
      firstByte: distribution(
        all("first-byte").map(({ at, request, attempt }) => at - (sentAt.get(`${request}/${attempt}`) ?? at)),
      ),
      lateness: distribution(sent.map(({ at, due }) => at - due)),
    },
    streams: {
      begun: sent.filter(({ streamed }) => streamed).length,
      completed: sent.filter(({ streamed }) => streamed).length - broken.length,
      broken: broken.length,
      retried: broken.length,
      resumed: 0,
    },
    longestPause: Math.max(0, ...acknowledged.slice(1).map(({ at }, index) => at - (acknowledged[index]?.at ?? at))),
    violations: [],
  }
}

function distribution(values: readonly number[]): Distribution | null {
  const sorted = values.toSorted((a, b) => a - b)
  const share = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  return sorted.length === 0
    ? null
    : { count: sorted.length, p50: share(0.5), p95: share(0.95), p99: share(0.99), max: share(1) }
}
