import { type Html, html } from "./html.ts"
import type { Redundancy } from "./in-sync.ts"
import type { Lane } from "./lanes.ts"
import type { Panel } from "./picture-requests.ts"
import { type Scale, tidy } from "./scale.ts"

const laneHeight = 34
/** Pixels that one answer takes at least; those that share them are drawn once. */
const grain = 1

/** For each region when its database could acknowledge, and beneath it when its replicas answered. */
export function regionLanes(x: Scale, top: number, lanes: readonly Lane[], redundancy: readonly Redundancy[]): Panel {
  const drawn = lanes.map((lane, index) => regionLane(x, top + 18 + index * laneHeight, lane))
  const title = html`<text class="title" x="${x.start}" y="${top + 6}"><tspan class="of">Who could acknowledge</tspan>
    <tspan class="key open" dx="14">■</tspan> the region's database is open
    <tspan class="key taking-over" dx="10">■</tspan> it is taking over
    <tspan class="key answer" dx="10">■</tspan> its replicas answered
    <tspan class="key redundant" dx="10">■</tspan> another region holds it all</text>`
  const bottom = top + 18 + lanes.length * laneHeight
  return {
    drawn: html`<g data-panel="lanes">${title}${drawn}${redundancyLane(x, bottom, redundancy)}</g>`,
    bottom: bottom + 22,
  }
}

function redundancyLane(x: Scale, top: number, redundancy: readonly Redundancy[]): Html {
  const bars = redundancy
    .filter(({ from, to }) => to > x.from && from < x.to)
    .map(({ from, to, region }) => {
      const [left, right] = [x.at(from), x.at(to)]
      const text = html`<text class="on-bar" x="${left + 7}" y="${top + 10}">${region}</text>`
      return html`<rect class="redundant" x="${left}" y="${top}" width="${tidy(right - left)}" height="13" rx="2"><title>${region} is in sync</title></rect>${right - left > region.length * 7 + 14 ? text : ""}`
    })
  return html`<g data-lane-of="redundancy"><text class="region" x="${x.start - 8}" y="${top + 10}" text-anchor="end">in sync</text>
    <line class="lane" x1="${x.start}" x2="${x.end}" y1="${top + 6.5}" y2="${top + 6.5}"/>${bars}</g>`
}

function regionLane(x: Scale, top: number, { region, stretches, answers }: Lane): Html {
  const bars = stretches
    .filter(({ from, to }) => to > x.from && from < x.to)
    .map(({ from, to, state, epoch }) => {
      const [left, right] = [x.at(from), x.at(to)]
      const label = `epoch ${epoch}`
      const named = state === "open" && right - left > 60 && epoch > 0
      const text = html`<text class="on-bar" x="${left + 7}" y="${top + 13}">${label}</text>`
      return html`<rect class="${state}" x="${left}" y="${top}" width="${tidy(right - left)}" height="18" rx="2"><title>${region}: ${state === "open" ? "open" : "taking over"}, ${label}</title></rect>${named ? text : ""}`
    })
  return html`<g data-lane="${region}"><text class="region" x="${x.start - 8}" y="${top + 13}" text-anchor="end">${shorten(region)}</text>
    <line class="lane" x1="${x.start}" x2="${x.end}" y1="${top + 9}" y2="${top + 9}"/>${bars}${answerMarks(x, top + 20, answers)}</g>`
}

function answerMarks(x: Scale, top: number, answers: readonly number[]): Html {
  const places = new Set(
    answers.filter(at => at >= x.from && at <= x.to).map(at => Math.floor(x.at(at) / grain) * grain),
  )
  const path = [...places].map(place => `M${place} ${top}h${grain}v4h-${grain}z`).join("")
  return html`<path class="answer" d="${path}"/>`
}

/** Letters of a region's name that are shown. */
export const longestName = 21

const shorten = (text: string): string => (text.length > longestName ? `${text.slice(0, longestName - 1)}…` : text)
