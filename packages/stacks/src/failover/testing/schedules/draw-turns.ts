import type { Draw } from "../../../drill/draw.ts"
import { between, happens, magnitude, oneOf } from "./draws.ts"
import type { Incident } from "./schedule.ts"

/** Turns, and looks at what is there, close to one another. */
export function drawTurns(draw: Draw, regions: readonly string[], from: number): Incident[] {
  const pause = magnitude(draw, 3, 100)
  const [first = "east", ...others] = regions
  let at = from
  return Array.from({ length: Math.floor(between(draw, 5, 30)) }, () => {
    at += draw.exponential(pause)
    return { at, what: happens(draw, 0.15) ? "read" : "turn", region: oneOf(draw, [first, ...others]) }
  })
}
