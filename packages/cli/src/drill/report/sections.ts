import { type DrillEvent, type DrillFigures, faultName } from "@chatops/stacks/drill"
import type { DrillRecord } from "../evidence/index.ts"
import type { FaultStory } from "./faults.ts"
import { type Html, html } from "./html.ts"
import { facts, table } from "./table.ts"
import { clock, count, offset, orNever, percent, time } from "./words.ts"

export function brokenSection({ beganAt }: DrillRecord, stories: readonly FaultStory[]): Html {
  const rows = stories.map(({ fault, at, healedAt }) => [
    faultName(fault),
    html`${offset(at)} <span class="soft">${clock(beganAt, at)}</span>`,
    healedAt === null
      ? "not before the end"
      : html`${offset(healedAt)} <span class="soft">${clock(beganAt, healedAt)}</span>`,
    healedAt === null ? "–" : time(healedAt - at),
  ])
  const broken = table(["Fault", "In effect", "Healed", "Lasted"], rows, ["In effect", "Healed"])
  return html`<section><h2>What was broken</h2>${rows.length === 0 ? html`<p class="soft">Nothing.</p>` : broken}</section>`
}

const moments = {
  Detected: "detected",
  Claimed: "claimed",
  Promoted: "promoted",
  "First byte": "firstByte",
  "First acknowledged turn": "acknowledged",
} as const

/** Each moment from when the fault was in effect. */
export function recoveriesSection(record: DrillRecord, events: readonly DrillEvent[]): Html {
  const { figures, objectives, clock: notes = [] } = record
  if (figures.recoveries.length === 0) return html``
  const rows = figures.recoveries.map(({ fault, regions, rto, redundant, ...came }) => [
    `${fault} ${regions.join(" ↔ ")}`,
    ...Object.values(moments).map(name => (came[name] === null ? "–" : time(came[name]))),
    html`<strong class="${objectives && (rto === null || rto > objectives.rtoMs) ? "bad" : ""}">${orNever(rto)}</strong>`,
    redundant === null ? "not before the end" : time(redundant),
  ])
  const head = ["Fault", ...Object.keys(moments), "Longest pause (RTO)", "Redundant again"]
  return html`<section><h2>Recovery, from the moment of the fault</h2>${table(head, rows)}${byHand(events)}${notes.map(note => html`<p class="fair">${note}</p>`)}</section>`
}

/** Where nobody watches, what was detected and asked for is no measurement. */
function byHand(events: readonly DrillEvent[]): Html {
  const asked = events.some(event => event.event === "noticed" && event.by === "drill" && event.what === "asked")
  if (!asked) return html``
  return html`<p class="soft">Nobody watches this environment: the drill itself asked for the failover, at once, in place of a person.</p>`
}

export function figuresSection({ figures }: DrillRecord, events: readonly DrillEvent[]): Html {
  const { turns, requests, streams } = figures
  return html`<section><h2>What users saw</h2><div class="columns">
    ${facts("Turns", [
      ["Requested", count(turns.requested)],
      ["Acknowledged", count(turns.acknowledged)],
      ["Acknowledged and lost", alarming(turns.lost)],
      ["Held twice", alarming(turns.doubled)],
      ["In another order", alarming(turns.outOfOrder)],
      ["With another answer", alarming(turns.altered)],
      ["Held, though never acknowledged", count(turns.unknown)],
    ])}
    ${facts("Requests", [
      ["Attempts", count(requests.attempts)],
      [
        "Attempts that came to nothing",
        `${count(total(requests.failedAttempts))} (${percent(total(requests.failedAttempts), requests.attempts)})`,
      ],
      ["Never acknowledged, however often sent", alarming(requests.failed)],
    ])}
    ${facts(
      "Streams",
      Object.entries(streamNames).map(([key, name]) => [name, count(streams[key as keyof typeof streams])]),
    )}
    </div><h3>Durations</h3>${durations(requests)}${failures(events)}</section>`
}

const streamNames: Readonly<Record<keyof DrillFigures["streams"], string>> = {
  begun: "Begun",
  completed: "Completed",
  broken: "Broken off",
  retried: "Asked for again from the beginning",
  resumed: "Gone on with",
}

function durations({ latency, firstByte, lateness }: DrillFigures["requests"]): Html {
  const rows = Object.entries({
    "Until acknowledged": latency,
    "Until the first byte": firstByte,
    "Sent later than due": lateness,
  })
  return table(
    ["", "Count", "p50", "p95", "p99", "Longest"],
    rows.map(([name, found]) =>
      found === null
        ? [name, "0", "–", "–", "–", "–"]
        : [name, count(found.count), ...[found.p50, found.p95, found.p99, found.max].map(time)],
    ),
  )
}

const shownFailures = 12

/** What attempts came to nothing with, most often first. */
function failures(events: readonly DrillEvent[]): Html {
  const failed = events.filter(event => event.event === "failed")
  const kinds = Map.groupBy(failed, ({ how, status, code }) => JSON.stringify([how, status ?? "", code ?? ""]))
  const rows = [...kinds]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, shownFailures)
    .map(([kind, list]) => [...(JSON.parse(kind) as string[]).map(String), count(list.length)])
  if (rows.length === 0) return html``
  return html`<h3>Attempts that came to nothing</h3>${table(["How", "Status", "Code", "Count"], rows, ["Status", "Code"])}`
}

const shownViolations = 50

export function violationsSection({ figures: { violations }, beganAt }: DrillRecord): Html {
  if (violations.length === 0)
    return html`<section><h2>Promises</h2><p><span class="good">✓</span> The history checker found nothing against these events.</p></section>`
  const rows = violations
    .slice(0, shownViolations)
    .map(({ rule, detail, at }) => [rule, html`${offset(at)} <span class="soft">${clock(beganAt, at)}</span>`, detail])
  const more = violations.length - rows.length
  return html`<section><h2 class="bad">Broken promises</h2>${table(["Rule", "When", "What"], rows, ["When", "What"])}
    ${more > 0 ? html`<p class="soft">and ${count(more)} more, in record.json</p>` : ""}</section>`
}

const alarming = (value: number): string | Html =>
  value === 0 ? "0" : html`<strong class="bad">${count(value)}</strong>`

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, value) => sum + value, 0)
