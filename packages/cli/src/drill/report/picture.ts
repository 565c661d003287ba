import type { DrillEvent } from "@chatops/stacks/drill"
import { type FaultStory, faultName } from "./faults.ts"
import { type Html, html } from "./html.ts"
import type { Lane, Redundancy } from "./lanes.ts"
import { faultBands, labelledMarks } from "./picture-faults.ts"
import { regionLanes } from "./picture-lanes.ts"
import { latencyLine, requestBars } from "./picture-requests.ts"
import { roundStep, type Scale, scale, ticks, tidy } from "./scale.ts"
import { bucketsOf } from "./series.ts"

const width = 1_120
const margin = { left: 84, right: 14 }
const gap = 34

interface Shown {
  readonly events: readonly DrillEvent[]
  readonly lanes: readonly Lane[]
  readonly redundancy: readonly Redundancy[]
  readonly stories: readonly FaultStory[]
}

/** The whole drill: load, latency, who could acknowledge, and what was broken. */
export function overview({ events, lanes, redundancy, stories }: Shown, end: number): Html {
  const x = scale(0, end, margin.left, width - margin.right)
  const piece = roundStep(end / 130)
  const buckets = bucketsOf(events, 0, end, piece)
  const top = 22 + stories.length * 2
  const bars = requestBars(x, top + 18, buckets, piece)
  const latency = latencyLine(x, bars.bottom + gap, buckets, piece)
  const regions = regionLanes(x, latency.bottom + gap, lanes, redundancy)
  const bands = faultBands(x, 0, regions.bottom, stories)
  return figure(regions.bottom + 26, "The drill from its beginning to its end", [
    bands.drawn,
    bars.drawn,
    latency.drawn,
    regions.drawn,
    timeAxis(x, regions.bottom, 0),
  ])
}

/** What followed a fault, near enough to tell its moments apart. Nothing, when nobody took over. */
export function closeUp({ events, lanes, redundancy }: Shown, story: FaultStory): Html | undefined {
  const last = story.marks.at(-1)
  if (last === undefined || !story.marks.some(({ what }) => what !== "acknowledged" && what !== "suspected"))
    return undefined
  const span = Math.max(500, last.at - story.at)
  const piece = roundStep(span / 60)
  const from = Math.max(0, Math.floor((story.at - span * 0.2) / piece) * piece)
  const x = scale(from, story.at + span * 1.35, margin.left, width - margin.right)
  const bars = requestBars(x, 40, bucketsOf(events, from, x.to, piece), piece)
  const regions = regionLanes(x, bars.bottom + gap, lanes, redundancy)
  const marks = labelledMarks(x, 40 + 18, regions.bottom + 24, story.marks, story.at)
  return figure(marks.bottom + 4, `After ${faultName(story.fault)}`, [
    faultBands(x, 0, regions.bottom, [story]).drawn,
    bars.drawn,
    regions.drawn,
    timeAxis(x, regions.bottom, story.at),
    marks.drawn,
  ])
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
