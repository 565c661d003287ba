import type { Draw } from "../../../drill/draw.ts"
import type { Policy } from "../../protocol/supervisor.ts"
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

function any(draw: Draw, [first = "east", ...others]: readonly string[]): string {
  return oneOf(draw, [first, ...others])
}

function anyLink(draw: Draw, regions: readonly string[]): readonly [string, string] {
  const region = any(draw, regions)
  const [first = "witness", ...others] = regions.filter(other => other !== region)
  return [region, oneOf(draw, ["witness", "witness", first, ...others])]
}
