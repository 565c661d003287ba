import type { Draw } from "../../../drill/draw.ts"
import { clockRateError, usualLease } from "../../lease.ts"
import { drawTurns } from "./draw-turns.ts"
import { between, happens, magnitude, oneOf } from "./draws.ts"
import type { Incident, Schedule } from "./schedule.ts"

/** So long, in milliseconds, that clocks drift apart by more than questions and answers take. */
const longLease = 60_000

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
  // While it has just begun a primary renews often, and a claim may come sooner after what it renewed.
  const claim = oneOf(draw, [between(draw, 100, 450), between(draw, 100, 450), between(draw, 500, 1_000 + lease / 2)])
  const durability = oneOf<Schedule["start"]["durability"]>(draw, ["async", "zero-loss"])
  return {
    clocks: Object.fromEntries([[holder, clock(1 - wrong)], ...others.map(other => [other, clock(1 + wrong)])]),
    latency: oneOf(draw, [0.05, 0.5, 2, 20]),
    start: { durability, onLoss: "degrade", inSync: false, lease },
    incidents: [
      ...drawTurns(draw, regions, between(draw, 0, claim)),
      ...standbysFarOff(draw, holder, others, claim),
      ...lateAnswers(draw, holder, others, { claim, lease }),
      ...arbiters(draw, others, claim),
      frozenSupervisor(draw, holder, { claim, lease }),
      ...drawTurns(draw, [holder, ...regions], claim + lease + between(draw, -200, 20)),
    ],
  }
}

interface When {
  readonly claim: number
  readonly lease: number
}

/** Nothing may be brought into sync meanwhile. */
function standbysFarOff(draw: Draw, holder: string, others: readonly string[], claim: number): Incident[] {
  if (happens(draw, 0.5)) return []
  return others.map(other => ({ at: 0, what: "cut", ends: [holder, other], lasts: claim, late: 0 }))
}

/** Two at once, at times. */
function arbiters(draw: Draw, others: readonly [string, ...string[]], claim: number): Incident[] {
  return Array.from({ length: oneOf(draw, [1, 1, 2]) }, (_, index) => ({
    ...({ what: "claim", region: oneOf(draw, others), force: true } as const),
    at: claim + index * draw.exponential(20),
  }))
}

/** After its last renewal, which may be one whose answer was late. */
function frozenSupervisor(draw: Draw, holder: string, { claim, lease }: When): Incident {
  const at = claim + oneOf(draw, [between(draw, -10, 30), between(draw, 0, lease / 2)])
  return { at, what: "freeze", who: `${holder}/supervisor`, lasts: lease * between(draw, 1.1, 1.5) }
}

/** From the witness or from the database: who counts from an answer believes for too long. */
function lateAnswers(draw: Draw, holder: string, others: readonly [string, ...string[]], { claim, lease }: When): Incident[] {
  const ahead = magnitude(draw, 1, claim)
  const when = { at: claim - ahead, lasts: ahead + magnitude(draw, 10, lease / 2) }
  const slow = (other: string): Incident => ({ ...when, what: "slow", ends: [holder, other], late: magnitude(draw, 10, lease) })
  return oneOf<Incident[]>(draw, [
    [],
    [slow("witness")],
    [slow(oneOf(draw, others))],
    [{ ...when, what: "freeze", who: `${oneOf(draw, [holder, ...others])}/runtime` }],
    [{ ...when, what: "freeze", who: `${holder}/postgres` }],
  ])
}
