import type { Draw } from "../../../drill/draw.ts"
import { drawTurns } from "./draw-turns.ts"
import { between, happens, magnitude, oneOf } from "./draws.ts"
import type { Incident } from "./schedule.ts"

interface Place {
  readonly holder: string
  readonly others: readonly [string, ...string[]]
}

interface When {
  readonly at: number
  readonly claim: number
  readonly lease: number
}

/** Something is wrong with the primary, another region claims meanwhile, and clients of the first go on asking. */
export function drawTakeover(draw: Draw, regions: readonly string[], from: number, lease: number): Incident[] {
  const place = drawPlace(draw, regions)
  const at = from + oneOf(draw, [between(draw, 0, 600), between(draw, 0, lease)])
  // What is in sync is let go a second after it was lost; a claim may come at that very moment.
  const moment = oneOf(draw, [0, draw.exponential(lease / 10), draw.exponential(lease / 2), between(draw, 900, 1_300)])
  const when = { at, claim: at + moment, lease }
  const over = when.claim + lease + oneOf(draw, [between(draw, -200, 20), between(draw, -0.3, 0.05) * lease])
  return [
    ...aroundPrimary(draw, place, when),
    ...drawTurns(draw, regions, at),
    ...arbiters(draw, place, when),
    ...drawTurns(draw, [place.holder, place.holder, ...place.others], Math.max(at, over)),
  ]
}

function drawPlace(draw: Draw, regions: readonly string[]): Place {
  const [east = "east", west = "west", ...further] = regions
  return happens(draw, 0.8)
    ? { holder: east, others: [west, ...further] }
    : { holder: west, others: [east, ...further] }
}

/** Two at once, at times. */
function arbiters(draw: Draw, { others }: Place, { claim, lease }: When): Incident[] {
  return Array.from({ length: oneOf(draw, [1, 1, 2]) }, (): Incident => {
    const later = happens(draw, 0.7) ? 0 : draw.exponential(lease / 10)
    return { at: claim + later, what: "claim", region: oneOf(draw, others), force: happens(draw, 0.8) }
  })
}

/** Why somebody claims, and why the primary does not hear of it or cannot stop in time. */
function aroundPrimary(draw: Draw, { holder, others }: Place, { at, claim, lease }: When): Incident[] {
  const lasts = magnitude(draw, lease / 4, lease * 2.5)
  const late = between(draw, 0, lease)
  const cut = (other: string): Incident => ({ at, what: "cut", ends: [holder, other], lasts, late })
  const slow = { at, what: "slow", ends: [holder, "witness"], lasts, late } as const
  const freeze = (who: string, since: number): Incident => ({ at: since, what: "freeze", who, lasts })
  const supervisor = `${holder}/supervisor`
  return oneOf<Incident[]>(draw, [
    [cut("witness")],
    [cut("witness"), ...others.map(cut)],
    others.map(cut),
    [freeze(holder, at)],
    [freeze(supervisor, at)],
    [slow, freeze(supervisor, between(draw, claim, claim + lease))],
    [{ ...slow, what: "lossy" }],
    [],
  ])
}
