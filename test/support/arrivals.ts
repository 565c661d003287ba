export interface Arrivals {
  /** Ends them, and tells how they were. */
  stop(): ArrivalRecord
}

export interface ArrivalRecord {
  /** Mean over the whole time. */
  readonly perSecond: number
  /** How much later than due the most belated one came, in milliseconds: a busy machine's doing. */
  readonly latest: number
}

/**
 * Open-loop arrivals by absolute time: neither a slow answer nor a timer that fires late makes the next one later, and
 * what a busy machine held up comes as soon as it can.
 */
export function startArrivals(perSecond: number, arrive: () => void): Arrivals {
  const began = performance.now()
  let count = 0
  let latest = 0
  let timer: NodeJS.Timeout | undefined
  const due = () => began + (count * 1_000) / perSecond
  const run = () => {
    const now = performance.now()
    for (; due() <= now; count++) {
      latest = Math.max(latest, now - due())
      arrive()
    }
    timer = setTimeout(run, due() - now)
  }
  run()
  return {
    stop: () => {
      clearTimeout(timer)
      return { perSecond: (count * 1_000) / (performance.now() - began), latest }
    },
  }
}
