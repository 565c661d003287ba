import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { DrillEvent, DrillFigures } from "@chatops/stacks/drill"
import type { TestApp } from "../../../test/support/test-app.ts"

interface DrillDocument {
  readonly drills: readonly { readonly id: string; readonly outcome: string; readonly figures: DrillFigures }[]
}

/** Runs a scenario so many times, one after the other, as a user would. */
export async function runDrills(
  app: TestApp,
  scenario: string,
  count: number,
  ...flags: string[]
): Promise<DrillDocument["drills"]> {
  const args = ["drill", "run", scenario, "--count", String(count), "--yes", "--json", ...flags]
  // A drill that missed says so by its exit code, and tells what it came to all the same.
  const { stdout } = await app.run(...args)
  return (JSON.parse(stdout) as DrillDocument).drills
}

export function writeScenario(app: TestApp, name: string, scenario: object): void {
  mkdirSync(join(app.directory, "drills"), { recursive: true })
  // JSON is YAML.
  writeFileSync(join(app.directory, "drills", `${name}.yaml`), JSON.stringify(scenario))
}

/** What was recorded, in the order of time. */
export function eventsOf(app: TestApp, id: string): DrillEvent[] {
  const [file] = globSync(`**/drills/${id}.jsonl`, { cwd: app.state })
  if (file === undefined) throw new Error(`drill ${id} has left no events`)
  const lines = readFileSync(join(app.state, file), "utf8").trim().split("\n")
  return lines.map(line => JSON.parse(line) as DrillEvent).sort((one, other) => one.at - other.at)
}

/** The longest time without an acknowledged turn that touches this span, in milliseconds. What lasts beyond it counts to its end. */
export function longestPause(events: readonly DrillEvent[], from: number, to: number): number {
  const acknowledged = events.filter(({ event }) => event === "acknowledged").map(({ at }) => at)
  if ((acknowledged.at(-1) ?? from) < to) acknowledged.push(to)
  const pauses = acknowledged.slice(1).map((at, index) => ({ from: acknowledged[index] ?? at, to: at }))
  return Math.max(0, ...pauses.filter(pause => pause.to > from && pause.from < to).map(pause => pause.to - pause.from))
}
