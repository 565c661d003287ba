import { type Html, html } from "./html.ts"
import { roundStep, type Scale, scale, ticks, tidy } from "./scale.ts"
import type { Bucket } from "./series.ts"
import { count, tickTime } from "./words.ts"

/** A part of a picture: what is drawn from `top` on, and where the next one may begin. */
export interface Panel {
  readonly drawn: Html
  readonly bottom: number
}

const barsHeight = 150
const latencyHeight = 84

/** Requests a second: acknowledged ones, and attempts that came to nothing on top of them. */
export function requestBars(x: Scale, top: number, buckets: readonly Bucket[], width: number): Panel {
  const rate = (value: number) => (value * 1_000) / width
  const most = Math.max(1, ...buckets.map(({ acknowledged, failed }) => rate(acknowledged + failed)))
  const y = scale(0, Math.ceil(most / roundStep(most / 4)) * roundStep(most / 4), top + 18 + barsHeight, top + 18)
  const bars = buckets.flatMap(({ at, acknowledged, failed }) => {
    const left = x.at(at)
    const wide = tidy(Math.max(0.6, x.at(at + width) - left - 0.8))
    const [middle, upper] = [y.at(rate(acknowledged)), y.at(rate(acknowledged + failed))]
    const bar = (kind: string, from: number, to: number) =>
      to < from ? [html`<rect class="${kind}" x="${left}" y="${to}" width="${wide}" height="${tidy(from - to)}"/>`] : []
    return [...bar("acknowledged", y.at(0), middle), ...bar("failed", middle, upper)]
  })
  const title = html`<text class="title" x="${x.start}" y="${top + 6}"><tspan class="of">Turns a second</tspan>
    <tspan class="key acknowledged" dx="14">■</tspan> acknowledged
    <tspan class="key failed" dx="10">■</tspan> attempts that came to nothing</text>`
  return { drawn: html`<g data-panel="requests">${title}${axis(x, y, count)}${bars}</g>`, bottom: y.start }
}

/** How long those waited that were acknowledged: nothing is drawn where nobody was. */
export function latencyLine(x: Scale, top: number, buckets: readonly Bucket[], width: number): Panel {
  const most = Math.max(10, ...buckets.map(({ p95 }) => p95 ?? 0))
  const step = roundStep(most / 3)
  const y = scale(0, Math.ceil(most / step) * step, top + 18 + latencyHeight, top + 18)
  let pen = "M"
  const path = buckets.map(({ at, p95 }) => {
    if (p95 === null) {
      pen = "M"
      return ""
    }
    const point = `${pen}${x.at(at + width / 2)} ${y.at(p95)}`
    pen = "L"
    return point
  })
  const title = html`<text class="title" x="${x.start}" y="${top + 6}"><tspan class="of">Latency, 95th percentile</tspan>
    <tspan class="soft" dx="8">from a turn's first attempt to its acknowledgement</tspan></text>`
  const line = html`<path class="latency" d="${path.join("")}"/>`
  return { drawn: html`<g data-panel="latency">${title}${axis(x, y, tickTime)}${line}</g>`, bottom: y.start }
}

function axis(x: Scale, y: Scale, name: (value: number) => string): Html {
  const lines = ticks(y, 4).map(
    value =>
      html`<line class="grid" x1="${x.start}" x2="${x.end}" y1="${y.at(value)}" y2="${y.at(value)}"/><text class="tick" x="${x.start - 8}" y="${y.at(value) + 4}" text-anchor="end">${value === 0 ? "0" : name(value)}</text>`,
  )
  return html`${lines}`
}
