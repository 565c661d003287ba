import type { Draw } from "../../../drill/draw.ts"
import { clockRateError, usualLease } from "../../lease.ts"
import { drawTurns } from "./draw-turns.ts"
import { between, happens, magnitude, oneOf } from "./draws.ts"
import type { Incident, Schedule } from "./schedule.ts"

/** So long, in milliseconds, that clocks drift apart by more than questions and answers take. */
const longLease = 60_000

/** Of a primary that has just begun to renew, which it does often then: a claim may come soon after what it renewed. */
const settling = [100, 450] as const

/**
 * What leases are for, at its narrowest: a primary that nobody confirms is superseded, its supervisor is frozen so that it
 * does not stop its database, and its clients go on asking around the end of the lease that the claimant waits out. The
 * clocks on both sides are as wrong as they may be, towards each other.
 */
export function drawCloseCall(draw: Draw, regions: readonly string[]): Omit<Schedule, "seed" | "calmAt"> {
  const [holder = "east", first = "west", ...further] = regions
  const others = [first, ...further] as const
  const lease = oneOf(draw, [usualLease, longLease])
  const wrong = happens(draw, 0.8) ? clockRateError : between(draw, -clockRateError, clockRateError)
  const clock = (rate: number) => ({ offset: between(draw, 0, 1e6), rate })
  const claim = between(draw, ...settling)
  const durability = oneOf<Schedule["start"]["durability"]>(draw, ["async", "zero-loss"])
  const asking = oneOf(draw, [holder, ...others])
  const over = claim + lease
  return {
    clocks: Object.fromEntries([[holder, clock(1 - wrong)], ...others.map(other => [other, clock(1 + wrong)])]),
    latency: oneOf(draw, [0.05, 0.5, 2, 20]),
    start: { durability, onLoss: "degrade", inSync: false, lease },
    incidents: [
      ...drawTurns(draw, [asking], between(draw, 0, 40)),
      ...noJoin(draw, holder),
      ...lateThings(draw, { holder, asking, claim, lease }),
      ...arbiters(draw, others, claim),
      ...drawTurns(draw, [asking, asking, ...regions], over + between(draw, -200, 20)),
    ],
  }
}

interface Scene {
  readonly holder: string
  /** Whose clients ask until the end. */
  readonly asking: string
  readonly claim: number
  readonly lease: number
}

/** Nothing is brought into sync meanwhile: a walsender that is stopped hears nothing of its standby. */
function noJoin(draw: Draw, holder: string): Incident[] {
  if (happens(draw, 0.3)) return []
  return [{ at: 0, what: "stop-walsenders", region: holder, lasts: 1_000 }]
}

/** Two at once, at times. */
function arbiters(draw: Draw, others: readonly [string, ...string[]], claim: number): Incident[] {
  return Array.from({ length: oneOf(draw, [1, 1, 2]) }, (_, index) => ({
    ...({ what: "claim", region: oneOf(draw, others), force: true } as const),
    at: claim + index * draw.exponential(20),
  }))
}

/** The supervisor is frozen after its last renewal. Besides, something comes late that a runtime could take for fresh. */
function lateThings(draw: Draw, { holder, asking, claim, lease }: Scene): Incident[] {
  const frozen = (at: number): Incident => ({
    ...{ at, what: "freeze", who: `${holder}/supervisor`, lasts: lease * between(draw, 1.1, 1.5) },
  })
  const late = magnitude(draw, 50, lease / 2)
  const atOnce = frozen(claim + between(draw, -10, 10))
  const runtime = `${asking}/runtime`
  switch (oneOf(draw, ["nothing", "witness", "runtime", "link", "end"])) {
    case "nothing":
      return [atOnce]
    case "witness": {
      const at = claim - between(draw, 0, 100)
      const slow = { at, what: "slow", ends: [holder, "witness"], lasts: 2 * late, late } as const
      return [slow, frozen(claim + late * between(draw, 0.1, 1.5))]
    }
    case "runtime": {
      // It looks at the row without a pause at first, so that a question is under way.
      const at = between(draw, 0, claim - 40)
      return [atOnce, { at, what: "freeze", who: runtime, lasts: claim - at + late }]
    }
    case "link": {
      const at = between(draw, 0, claim)
      return [atOnce, { at, what: "slow", ends: [holder, asking], lasts: claim - at + late, late: 2 * late }]
    }
    default: {
      const at = claim + lease - between(draw, 0, 100)
      return [atOnce, { at, what: "freeze", who: oneOf(draw, [runtime, `${holder}/postgres`]), lasts: late }]
    }
  }
}
