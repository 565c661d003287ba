import { type DrillEvent, faultName } from "@chatops/stacks/drill"
import type { FaultStory } from "./faults.ts"
import { type Html, html } from "./html.ts"
import type { Redundancy } from "./in-sync.ts"
import type { Lane } from "./lanes.ts"
import { faultBands, faultNames, labelledMarks } from "./picture-faults.ts"
import { longestName, regionLanes } from "./picture-lanes.ts"
import { latencyLine, requestBars } from "./picture-requests.ts"
import { roundStep, type Scale, scale, ticks, tidy } from "./scale.ts"
import { bucketsOf } from "./series.ts"

const width = 1_120
const right = 14
const gap = 34

interface Shown {
  readonly events: readonly DrillEvent[]
  readonly lanes: readonly Lane[]
  readonly redundancy: readonly Redundancy[]
  readonly stories: readonly FaultStory[]
}

/** The whole drill: load, latency, who could acknowledge, and what was broken. */
export function overview({ events, lanes, redundancy, stories }: Shown, end: number): Html {
  const x = axisFor(0, end, lanes)
  const piece = roundStep(end / 130)
  const buckets = bucketsOf(events, 0, end, piece)
  const bars = requestBars(x, faultNames(x, stories).bottom + headroom, buckets, piece)
  const latency = latencyLine(x, bars.bottom + gap, buckets, piece)
  const regions = regionLanes(x, latency.bottom + gap, lanes, redundancy)
  return figure(regions.bottom + 26, "The drill from its beginning to its end", [
    faultBands(x, regions.bottom, stories),
    bars.drawn,
    latency.drawn,
    regions.drawn,
    timeAxis(x, regions.bottom, 0),
  ])
}

/** What followed a fault, near enough to tell its moments apart. Nothing, when nobody took over. */
export function closeUp({ events, lanes, redundancy }: Shown, story: FaultStory): Html | undefined {
  const last = story.marks.at(-1)
  if (last === undefined || !story.marks.some(({ what }) => takeover.has(what))) return undefined
  const span = Math.max(500, last.at - story.at)
  const piece = roundStep(span / 60)
  const from = Math.max(0, Math.floor((story.at - span * 0.2) / piece) * piece)
  const x = axisFor(from, story.at + span * 1.35, lanes)
  const top = faultNames(x, [story]).bottom + headroom
  const bars = requestBars(x, top, bucketsOf(events, from, x.to, piece), piece)
  const regions = regionLanes(x, bars.bottom + gap, lanes, redundancy)
  const marks = labelledMarks(x, top + headroom, regions.bottom + 24, story.marks, story.at)
  return figure(marks.bottom + 4, `After ${faultName(story.fault)}`, [
    faultBands(x, regions.bottom, [story]),
    bars.drawn,
    regions.drawn,
    timeAxis(x, regions.bottom, story.at),
    marks.drawn,
  ])
}

/** Pixels above a panel for its title. */
const headroom = 18

const takeover: ReadonlySet<string> = new Set(["claimed", "promoted", "opened"])

/** The margin holds the regions' names. */
function axisFor(from: number, to: number, lanes: readonly Lane[]): Scale {
  const letters = Math.max(0, ...lanes.map(({ region }) => Math.min(region.length, longestName)))
  return scale(from, to, Math.max(70, 22 + letters * 7.6), width - right)
}

function figure(height: number, label: string, parts: readonly Html[]): Html {
  return html`<div class="picture"><svg viewBox="0 0 ${width} ${tidy(height)}" role="img" aria-label="${label}">${parts}</svg></div>`
}

/** Times at the bottom, counted from `zero`. */
function timeAxis(x: Scale, top: number, zero: number): Html {
  const places = ticks({ from: x.from - zero, to: x.to - zero }, 10)
  const marks = places.map(
    value =>
      html`<line class="grid" x1="${x.at(zero + value)}" x2="${x.at(zero + value)}" y1="${top}" y2="${top + 5}"/><text class="tick" x="${x.at(zero + value)}" y="${top + 18}" text-anchor="middle">${seconds(value)}</text>`,
  )
  return html`<line class="axis" x1="${x.start}" x2="${x.end}" y1="${top}" y2="${top}"/>${marks}`
}

const seconds = (milliseconds: number): string => `${Number((milliseconds / 1_000).toFixed(3))} s`
