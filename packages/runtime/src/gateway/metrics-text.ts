import type { Gateway } from "./gateway.ts"

/** The gateway's own metrics in Prometheus' text format; durations in seconds. */
export function metricsText(gateway: Gateway): string {
  const { connections, bodies, requests, backends } = gateway.status()
  const { firstByte, answers, streamsBroken } = gateway.traffic
  const lines: string[] = []
  const metric = (name: string, kind: string, samples: readonly (readonly [labels: string, value: number])[]) => {
    lines.push(`# TYPE ${prefix}${name} ${kind}`)
    for (const [labels, value] of samples) lines.push(`${prefix}${name}${labels} ${value}`)
  }
  metric("requests_total", "counter", [["", requests.total]])
  metric("requests_active", "gauge", [["", requests.active]])
  metric("requests_retried_total", "counter", [["", requests.retried]])
  metric("answers_broken_total", "counter", [["", requests.broken]])
  metric("streams_broken_total", "counter", [["", streamsBroken]])
  metric("requests_failed_total", "counter", [["", requests.failed]])
  metric(
    "requests_refused_total",
    "counter",
    Object.entries(requests.refused).map(([status, count]) => [`{status="${status}"}`, count]),
  )
  metric("connections", "gauge", [["", connections.open]])
  metric("connections_refused_total", "counter", [["", connections.refused]])
  metric("connections_held_back_total", "counter", [["", connections.heldBack]])
  metric("body_memory_bytes", "gauge", [["", bodies.used]])
  metric("body_memory_limit_bytes", "gauge", [["", bodies.limit]])
  metric(
    "answers_total",
    "counter",
    [...answers].map(([status, count]) => [`{status="${status}xx"}`, count]),
  )
  const byBackend = (value: (backend: (typeof backends)[number]) => number) =>
    backends.map(
      backend => [`{backend="${escaped(backend.id)}",region="${escaped(backend.region)}"}`, value(backend)] as const,
    )
  metric(
    "backend_up",
    "gauge",
    byBackend(backend => (up.has(backend.state) ? 1 : 0)),
  )
  metric(
    "backend_active",
    "gauge",
    byBackend(backend => backend.active),
  )
  metric(
    "backend_requests_total",
    "counter",
    byBackend(backend => backend.total),
  )
  metric(
    "backend_failures_total",
    "counter",
    byBackend(backend => backend.failures),
  )

  let count = 0
  const buckets = firstByte.counts.map((own, at) => {
    count += own
    return [`_bucket{le="${firstByte.bounds[at] ?? "+Inf"}"}`, count] as const
  })
  metric("first_byte_seconds", "histogram", [...buckets, ["_sum", firstByte.sum], ["_count", count]])
  return `${lines.join("\n")}\n`
}

const prefix = "chatops_gateway_"
const up = new Set(["healthy", "unknown"])
const escaped = (label: string) => label.replace(/[\\"\n]/g, match => (match === "\n" ? "\\n" : `\\${match}`))
