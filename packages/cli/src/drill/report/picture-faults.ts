import { faultName } from "@chatops/stacks/drill"
import type { FaultStory, Mark } from "./faults.ts"
import { type Html, html } from "./html.ts"
import type { Panel } from "./picture-requests.ts"
import { type Scale, tidy } from "./scale.ts"
import { time } from "./words.ts"

const rowHeight = 18
/** Pixels, on average, at the size of labels. */
const letter = 6.6

interface Label {
  readonly at: number
  readonly text: string
}

/** Names of the faults of a picture: where the rest may begin. */
export function faultNames(
  x: Scale,
  stories: readonly FaultStory[],
): { readonly rows: readonly number[]; readonly bottom: number } {
  const rows = rowsFor(
    stories.map(({ fault, at }) => ({ at: x.at(at), text: faultName(fault) })),
    x.end,
  )
  return { rows, bottom: Math.max(0, ...rows.map(row => row + 1)) * rowHeight }
}

/** The time in which faults held, shaded through the whole picture, with their names above it. */
export function faultBands(x: Scale, bottom: number, stories: readonly FaultStory[]): Html {
  const { rows } = faultNames(x, stories)
  const drawn = stories.map(({ at, healedAt, fault }, index) => {
    const [left, right] = [x.at(at), x.at(healedAt ?? x.to)]
    const top = (rows[index] ?? 0) * rowHeight
    const name = faultName(fault)
    return html`<g data-fault="${name}"><rect class="band" x="${left}" y="${top}" width="${tidy(right - left)}" height="${tidy(bottom - top)}"><title>${name}</title></rect>
      <line class="made" x1="${left}" x2="${left}" y1="${top}" y2="${bottom}"/>
      <text class="fault" ${anchor(left, name, x.end)} y="${top + 13}">${name}</text></g>`
  })
  return html`${drawn}`
}

/** What happened after a fault, each named below the picture with its time since then. */
export function labelledMarks(x: Scale, top: number, bottom: number, marks: readonly Mark[], since: number): Panel {
  const labels = marks.map(({ what, at }) => ({ at: x.at(at), text: `${markName[what]} ${time(at - since)}` }))
  const rows = rowsFor(labels, x.end)
  const drawn = marks.map(({ what }, index) => {
    const { at, text } = labels[index] ?? { at: 0, text: "" }
    const row = bottom + 16 + (rows[index] ?? 0) * rowHeight
    return html`<g class="mark ${what}" data-mark="${what}"><line x1="${at}" x2="${at}" y1="${top}" y2="${row - 4}"/><circle cx="${at}" cy="${row - 4}" r="3.5"/><text ${anchor(at + 8, text, x.end)} y="${row}">${text}</text></g>`
  })
  return { drawn: html`${drawn}`, bottom: bottom + 16 + Math.max(0, ...rows.map(row => row + 1)) * rowHeight }
}

const markName: Readonly<Record<Mark["what"], string>> = {
  suspected: "suspected",
  claimed: "claimed",
  promoted: "promoted",
  opened: "opened",
  acknowledged: "first acknowledged",
}

/** The first row in which a label touches none before it. */
function rowsFor(labels: readonly Label[], end: number): readonly number[] {
  const ends: number[] = []
  return labels.map(({ at, text }) => {
    const wide = text.length * letter + 20
    const from = Math.min(at, end - wide)
    const free = ends.findIndex(taken => taken <= from)
    const row = free === -1 ? ends.length : free
    ends[row] = from + wide
    return row
  })
}

/** To the left of its place where it would leave the picture on the right. */
function anchor(at: number, text: string, end: number): Html {
  return at + text.length * letter + 8 > end
    ? html`x="${tidy(Math.min(at, end) - 14)}" text-anchor="end"`
    : html`x="${tidy(at + 4)}"`
}
