import type { DrillOutcome, DrillRecord, Judged } from "../evidence/drill-record.ts"
import { longestRecovery } from "../evidence/verdict.ts"
import { type Html, html } from "./html.ts"
import { count, counted, instant, orNever, percent, time } from "./words.ts"

const outcomes: Readonly<Record<DrillOutcome, readonly [look: "good" | "fair" | "bad", name: string]>> = {
  passed: ["good", "Passed"],
  missed: ["bad", "Objective missed"],
  violated: ["bad", "Promise broken"],
  aborted: ["fair", "Given up"],
}

/** What a reader takes along who reads no further. */
export function headline(record: DrillRecord): Html {
  const [look, name] = outcomes[record.outcome]
  const { environment, app, scenario, beganAt, endedAt, actor, aborted } = record
  const lasted = time(Date.parse(endedAt) - Date.parse(beganAt))
  return html`<header><span class="outcome ${look}" data-outcome="${record.outcome}">${name}</span>
    <h1>${sentence(record)}</h1>
    <p class="meta">${aborted === undefined ? "" : html`<strong>Given up: ${aborted}.</strong> `}${scenario.summary}</p>
    <p class="meta">${app}, environment ${environment} · ${instant(beganAt)} · ${lasted} · by ${actor}</p></header>
    <div class="cards">${cards(record)}</div>`
}

function sentence({ environment, scenario, figures }: DrillRecord): string {
  const { recoveries, turns } = figures
  const lost = turns.lost === 0 ? "no acknowledged turn was lost" : `${counted(turns.lost, "acknowledged turn")} lost`
  const drill = `${environment}, ${scenario.name}`
  if (recoveries.length === 0) return `${drill}: nothing was broken, ${lost}`
  const rto = longestRecovery(figures)
  const recovered = rto === null ? "turns were not acknowledged again" : `the longest pause was ${time(rto)}`
  return `${drill}: ${recovered}, ${lost}`
}

function cards({ verdict, figures }: DrillRecord): readonly Html[] {
  const { turns, requests, longestPause, recoveries } = figures
  return [
    card(
      "Recovery time (RTO)",
      recoveries.length === 0 ? "–" : orNever(longestRecovery(figures)),
      judged(verdict.rto, time),
    ),
    card("Turns lost (RPO)", count(turns.lost), judged(verdict.rpo, count)),
    card(
      "Broken promises",
      count(verdict.violations),
      verdict.violations === 0 ? ["good", "✓ none found"] : ["bad", "✗ listed below"],
    ),
    card("Turns acknowledged", percent(turns.acknowledged, turns.requested), [
      turns.acknowledged < turns.requested ? "fair" : "soft",
      `${count(turns.acknowledged)} of ${count(turns.requested)}`,
    ]),
    card("Longest pause", time(longestPause), ["soft", "between two acknowledgements"]),
    card("Latency, p95", requests.latency ? time(requests.latency.p95) : "–", [
      "soft",
      requests.latency ? `p50 ${time(requests.latency.p50)}` : "nothing was acknowledged",
    ]),
  ]
}

type Note = readonly [look: "good" | "bad" | "fair" | "soft", text: string]

const card = (name: string, value: string, [look, note]: Note): Html =>
  html`<div class="card"><div class="name">${name}</div><div class="value">${value}</div><div class="note ${look}">${note}</div></div>`

function judged(found: Judged | null, name: (value: number) => string): Note {
  if (found === null) return ["soft", "no objective"]
  const wanted = `objective ≤ ${name(found.wanted)}`
  return found.met ? ["good", `✓ ${wanted}`] : ["bad", `✗ ${wanted}`]
}
