import { type DrillEvent, faultName } from "@chatops/stacks/drill"
import type { DrillRecord } from "../evidence/index.ts"
import { faultStories } from "./faults.ts"
import { headline } from "./headline.ts"
import { Html, html } from "./html.ts"
import { redundancyOf } from "./in-sync.ts"
import { lanesOf } from "./lanes.ts"
import { particularsSection, repeatSection } from "./particulars.ts"
import { closeUp, overview } from "./picture.ts"
import { brokenSection, figuresSection, recoveriesSection, violationsSection } from "./sections.ts"
import { style } from "./style.ts"

/**
 * The report of one drill: a single HTML file that needs nothing else, no script either. The same for the same record
 * and events, byte for byte: whoever verifies a drill renders it again.
 */
export function renderReport(record: DrillRecord, events: readonly DrillEvent[]): string {
  const end = endOf(events)
  const stories = faultStories(events)
  const shown = { events, stories, lanes: lanesOf(events, end), redundancy: redundancyOf(events, end) }
  const closeUps = stories.flatMap(story => {
    const picture = closeUp(shown, story)
    return picture === undefined ? [] : [html`<h3>After ${faultName(story.fault)}, in seconds from it</h3>${picture}`]
  })
  const { violations } = record.figures
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Drill ${record.scenario.name} of ${record.environment}: ${record.outcome}</title>
<style>${new Html(style)}</style>
</head>
<body><main>
${headline(record)}
${violations.length > 0 ? violationsSection(record) : ""}
${brokenSection(record, stories)}
<section><h2>What happened</h2>${overview(shown, end)}${closeUps}</section>
${recoveriesSection(record, events)}
${violations.length > 0 ? "" : violationsSection(record)}
${figuresSection(record, events)}
${particularsSection(record)}
${repeatSection(record)}
<footer>Drill ${record.id} · chatops ${record.chatops}</footer>
</main></body>
</html>
`.toString()
}

/** When the last user had gone and everything was whole. Reading back comes later, and is no load. */
function endOf(events: readonly DrillEvent[]): number {
  // What regions noticed was recorded at the end, and happened before, also where nobody can say when.
  return events.reduce(
    (end, { event, at }) => (event === "read-back" || event === "undated" ? end : Math.max(end, at)),
    1_000,
  )
}
