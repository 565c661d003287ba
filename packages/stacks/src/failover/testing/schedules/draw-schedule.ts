import type { Draw } from "../../../drill/draw.ts"
import { clockRateError, usualLease } from "../../lease.ts"
import type { Clock } from "./clock.ts"
import { drawCloseCall } from "./draw-close-call.ts"
import { drawFault } from "./draw-fault.ts"
import { drawTakeover } from "./draw-takeover.ts"
import { drawTurns } from "./draw-turns.ts"
import { between, Draws, happens, oneOf } from "./draws.ts"
import type { Incident, Schedule } from "./schedule.ts"

/** Everything about one run that does not follow from something else. The same seed gives the same schedule. */
export function drawSchedule(seed: number): Schedule {
  const draw = new Draws(seed).of("schedule")
  const regions = happens(draw, 0.25) ? ["east", "west", "north"] : ["east", "west"]
  const { incidents, ...drawn } = happens(draw, 0.4) ? drawCloseCall(draw, regions) : drawAnything(draw, regions)
  return {
    seed,
    ...drawn,
    incidents: incidents.toSorted((one, other) => one.at - other.at),
    calmAt: Math.max(0, ...incidents.map(endOf)),
  }
}

function drawAnything(draw: Draw, regions: readonly string[]): Omit<Schedule, "seed" | "calmAt"> {
  const start = drawStart(draw)
  const { lease } = start
  /** Faults begin and end in it. */
  const span = 2_000 + 3 * lease
  const faults = Array.from({ length: Math.floor(between(draw, 0, 6)) }, () => drawFault(draw, regions, span))
  const takeovers = Array.from({ length: oneOf(draw, [0, 1, 1, 2]) }, (_, index) =>
    drawTakeover(draw, regions, index * 1.5 * lease, lease),
  )
  const turns = Array.from({ length: oneOf(draw, [1, 2]) }, () => drawTurns(draw, regions, between(draw, 0, span)))
  return {
    clocks: Object.fromEntries(regions.map(region => [region, drawClock(draw)])),
    latency: oneOf(draw, [0.05, 0.5, 2, 20]),
    start,
    incidents: [...faults, ...takeovers.flat(), ...turns.flat()],
  }
}

function drawStart(draw: Draw): Schedule["start"] {
  const lease = oneOf(draw, [1_000, usualLease])
  const { durability, onLoss, inSync } = oneOf<Omit<Schedule["start"], "lease">>(draw, [
    { durability: "async", onLoss: "degrade", inSync: false },
    { durability: "zero-loss", onLoss: "degrade", inSync: true },
    { durability: "zero-loss", onLoss: "degrade", inSync: false },
    { durability: "zero-loss", onLoss: "block", inSync: true },
  ])
  return { durability, onLoss, inSync, lease }
}

/** Mostly as wrong as it may be. */
function drawClock(draw: Draw): Clock {
  const error = oneOf(draw, [-clockRateError, clockRateError, between(draw, -clockRateError, clockRateError)])
  return { offset: between(draw, 0, 1e6), rate: 1 + error }
}

const endOf = (incident: Incident): number => incident.at + ("lasts" in incident ? incident.lasts : 0)
