/** Counts of requests and connections since the start, and the distribution of times to the first byte. */
export class Traffic {
  connectionsRefused = 0
  connectionsHeldBack = 0
  total = 0
  active = 0
  retried = 0
  broken = 0
  /** Of `broken`, the event streams whose replica ended them: neither the gateway nor the client did. */
  streamsBroken = 0
  failed = 0
  readonly firstByte = new Histogram([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])
  /** Answers by status class, `2` for 2xx. */
  readonly answers = new Map<number, number>()
  /** Requests that were not taken, by status. */
  readonly refused = new Map<number, number>()

  answered(status: number, seconds: number): void {
    increase(this.answers, Math.floor(status / 100))
    this.firstByte.observe(seconds)
  }

  refuse(status: number): void {
    increase(this.refused, status)
  }
}

function increase(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** A Prometheus histogram without labels; bounds and values in seconds. */
export class Histogram {
  readonly bounds: readonly number[]
  /** Values up to each bound and not up to the one before; the last counts those above all. */
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}
