import { Counter, Gauge, Histogram, Registry } from "prom-client"
import { metric } from "../contract/index.ts"
import type { Usage } from "../model/index.ts"

/** Prometheus metrics of one replica, under the names of the contract. */
export interface Metrics {
  readonly registry: Registry
  /** Durations in seconds; `firstByte` is undefined when no byte of an answer was sent. */
  request(route: string, status: number, duration: number, firstByte: number | undefined): void
  turn(outcome: "completed" | "failed" | "cancelled", usage?: Usage | undefined): void
  tokens(usage: Usage | undefined): void
  upstreamRequest(upstream: string, outcome: string): void
  stream(outcome: StreamOutcome): void
  /** Returns how to tell that the stream has ended. */
  streamStarted(): () => void
}

/** See `metric.streams`. */
export type StreamOutcome = "completed" | "told" | "lost" | "detached" | "resumed" | "resume_refused" | "cancelled"

export interface MetricSources {
  readonly ready: () => boolean
  readonly epoch: () => number
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: metric.requests,
    help: "Requests answered.",
    labelNames: ["route", "status"],
    registers,
  })
  const firstByte = new Histogram({
    name: metric.firstByte,
    help: "From a request's arrival to the first byte of its answer.",
    labelNames: ["route"],
    buckets,
    registers,
  })
  const duration = new Histogram({
    name: metric.duration,
    help: "From a request's arrival to the end of its answer.",
    labelNames: ["route"],
    buckets,
    registers,
  })
  const turns = new Counter({ name: metric.turns, help: "Turns by outcome.", labelNames: ["outcome"], registers })
  const tokens = new Counter({
    name: metric.tokens,
    help: "Tokens that upstreams counted.",
    labelNames: ["kind"],
    registers,
  })
  const upstreamRequests = new Counter({
    name: metric.upstreamRequests,
    help: "Requests to upstreams by outcome.",
    labelNames: ["upstream", "outcome"],
    registers,
  })
  const streams = new Counter({
    name: metric.streams,
    help: "How streams of responses ended and went on.",
    labelNames: ["outcome"],
    registers,
  })
  const activeStreams = new Gauge({ name: metric.activeStreams, help: "Streams being answered.", registers })
  observed(metric.ready, "1 when this replica is ready.", registry, () => (sources.ready() ? 1 : 0))
  observed(metric.epoch, "Epoch of the primary that this replica writes to.", registry, sources.epoch)

  const countTokens = (usage: Usage | undefined) => {
    if (usage === undefined) return
    tokens.inc({ kind: "input" }, usage.input_tokens)
    tokens.inc({ kind: "output" }, usage.output_tokens)
  }
  return {
    registry,
    request(route, status, seconds, first) {
      requests.inc({ route, status })
      duration.observe({ route }, seconds)
      if (first !== undefined) firstByte.observe({ route }, first)
    },
    turn(outcome, usage) {
      turns.inc({ outcome })
      countTokens(usage)
    },
    tokens: countTokens,
    upstreamRequest: (upstream, outcome) => upstreamRequests.inc({ upstream, outcome }),
    stream: outcome => streams.inc({ outcome }),
    streamStarted() {
      activeStreams.inc()
      return () => activeStreams.dec()
    },
  }
}

/** Seconds: from a cached answer to the longest that a model is given. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

function observed(name: string, help: string, registry: Registry, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value())
    },
  })
}
