import type { Draw } from "../../../drill/draw.ts"
import type { Policy } from "../../protocol/supervisor.ts"
import { drawTurns } from "./draw-turns.ts"
import { between, happens, magnitude, oneOf } from "./draws.ts"
import type { Incident } from "./schedule.ts"

/** Shortest fault, in milliseconds. */
const shortest = 20

/** Any one thing, at any time of the span. */
export function drawFault(draw: Draw, regions: readonly string[], span: number): Incident {
  const at = between(draw, 0, span)
  const region = any(draw, regions)
  const lasts = Math.min(magnitude(draw, shortest, span), span - at)
  const late = magnitude(draw, shortest, span / 2)
  const what = oneOf(draw, [
    ...(["freeze", "cut", "slow", "lossy", "repeating", "late", "late", "stop-walsenders"] as const),
    ...(["kill", "claim", "claim", "planned", "promise"] as const),
  ])
  switch (what) {
    case "freeze":
      return { at, what, who: `${region}${oneOf(draw, ["", "/runtime", "/supervisor", "/postgres"])}`, lasts }
    case "cut":
    case "slow":
    case "lossy":
    case "repeating":
      return { at, what, ends: anyLink(draw, regions), lasts, late }
    case "late":
      return { at, what, process: oneOf(draw, ["checkpointer", "walsender"]), region, lasts, late }
    case "stop-walsenders":
      return { at, what, region, lasts }
    case "kill":
      return { at, what, region, all: happens(draw, 0.5) }
    case "claim":
      return { at, what, region, force: happens(draw, 0.5) }
    case "planned":
      return { at, what, region }
    case "promise": {
      const durability = oneOf<Policy["durability"]>(draw, ["async", "zero-loss"])
      const onLoss = durability === "async" ? "degrade" : oneOf<Policy["onLoss"]>(draw, ["degrade", "block"])
      return { at, what, policy: { durability, onLoss, lease: null } }
    }
  }
}

/**
 * What a lease is for: something is wrong with one region, another one claims meanwhile, and clients of the first go on
 * asking until after the lease is over.
 */
export function drawTakeover(
  draw: Draw,
  regions: readonly string[],
  { from, lease }: { readonly from: number; readonly lease: number },
): Incident[] {
  const holder = happens(draw, 0.8) ? "east" : any(draw, regions)
  const others = regions.filter(region => region !== holder)
  const at = from + between(draw, 0, lease)
  const lasts = magnitude(draw, lease / 4, lease * 2.5)
  const claim = at + oneOf(draw, [0, draw.exponential(lease / 10), draw.exponential(lease / 2)])
  // What is in sync is let go a second after it was lost; a claim may come at that very moment.
  const mayWait = happens(draw, 0.3) ? between(draw, 900, 1_300) : 0
  const asked = Array.from({ length: oneOf(draw, [1, 1, 2]) }, (): Incident => {
    const later = happens(draw, 0.5) ? 0 : draw.exponential(lease / 10)
    return { at: claim + mayWait + later, what: "claim", region: any(draw, others), force: happens(draw, 0.8) }
  })
  const around = between(draw, -0.3, 0.02) * lease
  return [
    ...trouble(draw, holder, others, { at, lasts, late: lease }),
    ...asked,
    ...drawTurns(draw, [holder, holder, ...others], claim + mayWait + lease + around),
  ]
}

interface When {
  readonly at: number
  readonly lasts: number
  readonly late: number
}

function trouble(draw: Draw, holder: string, others: readonly string[], { at, lasts, late }: When): Incident[] {
  const link = (what: "cut" | "slow" | "lossy", other: string): Incident => ({
    ...{ at, what, ends: [holder, other], lasts, late: between(draw, 0, late) },
  })
  return oneOf<Incident[]>(draw, [
    [link("cut", "witness")],
    [link("cut", "witness"), ...others.map(other => link("cut", other))],
    others.map(other => link("cut", other)),
    [link("slow", "witness")],
    [link("lossy", "witness"), ...others.map(other => link("slow", other))],
    [{ at, what: "freeze", who: holder, lasts }],
    [{ at, what: "freeze", who: `${holder}/supervisor`, lasts }],
    [{ at, what: "freeze", who: `${holder}/runtime`, lasts }, link("slow", "witness")],
    [],
  ])
}

function any(draw: Draw, [first = "east", ...others]: readonly string[]): string {
  return oneOf(draw, [first, ...others])
}

function anyLink(draw: Draw, regions: readonly string[]): readonly [string, string] {
  const region = any(draw, regions)
  const [first = "witness", ...others] = regions.filter(other => other !== region)
  return [region, oneOf(draw, ["witness", "witness", first, ...others])]
}
