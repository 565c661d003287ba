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
