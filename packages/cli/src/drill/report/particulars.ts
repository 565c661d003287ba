import type { DrillRecord } from "../evidence/index.ts"
import { type Html, html } from "./html.ts"
import { facts } from "./table.ts"
import { bytes, count, instant, time } from "./words.ts"

/** Where and how the drill was made: what another one has to have in common to be compared with it. */
export function particularsSection(record: DrillRecord): Html {
  const { scenario, machine, rawEvents } = record
  const { load } = scenario
  return html`<section><h2>The drill</h2><div class="columns">
    ${facts(
      "",
      [
        ["Drill", html`<code>${record.id}</code>`],
        ["Scenario", scenario.name],
        ["Seed", String(scenario.seed)],
        [
          "Load",
          `${load.turnsPerSecond} turns a second, ${load.turnsPerConversation} a conversation, ${Math.round(load.streamed * 100)} % streamed`,
        ],
        ["Warm-up and cool-down", `${time(scenario.warmUp * 1_000)} and ${time(scenario.coolDown * 1_000)}`],
        ["Raw events", `${count(rawEvents.count)}, ${bytes(rawEvents.bytes)}`],
      ],
      false,
    )}
    ${facts(
      "",
      [
        ["Environment", `${record.environment} of ${record.app}, on target ${record.target}`],
        ["Releases", record.releases.join(", ") || "–"],
        ["Began", instant(record.beganAt)],
        ["Ended", instant(record.endedAt)],
        ["Machine", `${machine.cpus} × ${machine.cpuModel}, ${bytes(machine.memoryBytes)}, ${machine.os}`],
        ["chatops", `${record.chatops}, Node.js ${machine.node}`],
      ],
      false,
    )}</div></section>`
}

export function repeatSection({ id, environment, scenario, rawEvents }: DrillRecord): Html {
  return html`<section><h2>How to verify it</h2>
    <pre>chatops drill verify ${id} --env ${environment}</pre>
    <p>It checks the signature of <code>statement.dsse.json</code>, that every file is the one that was signed, that every figure here follows from the raw events, that this page does, and that no drill before this one is missing. With <code>--key FILE</code> it believes only the public key in that file.</p>
    <p class="soft">SHA-256 of the raw events, uncompressed: <code>${rawEvents.sha256}</code></p></section>
    <section><h2>How to repeat it</h2>
    <p>This is the whole scenario. From the same seed the same load is drawn.</p>
    <pre>${JSON.stringify(scenario, null, 2)}</pre></section>`
}
