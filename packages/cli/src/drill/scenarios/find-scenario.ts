import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import { parse } from "yaml"
import * as z from "zod"
import { builtInScenarios, usualLoad } from "./built-in-scenarios.ts"

/** A file says what differs from the usual; a recorded drill's whole scenario is one as well. */
const Given = z.looseObject({ load: z.looseObject({}).optional() })

/**
 * A scenario by name: one of chatops' own, or `drills/<name>.yaml` in the app's directory, where regions may be roles
 * (`$primary`, `$standby`). Throws SCENARIO_UNKNOWN and SCENARIO_INVALID.
 */
export function findScenario(name: string, appDirectory: string): Scenario {
  const file = join(appDirectory, "drills", `${name}.yaml`)
  const isFile = /^[a-z0-9-]+$/.test(name) && existsSync(file)
  const found = builtInScenarios.get(name)
  // What is signed under a well-known name has to be what that name says.
  if (isFile && (found !== undefined || name === "random"))
    throw new ChatopsError("SCENARIO_INVALID", `${file}: ${name} is a scenario of chatops' own; name it otherwise`)
  if (isFile) return readScenario(name, file)
  if (found !== undefined) return found
  const known = [...builtInScenarios.keys(), "random"].join(", ")
  throw new ChatopsError("SCENARIO_UNKNOWN", `there is no scenario ${name}: neither ${file}, nor one of ${known}`)
}

function readScenario(name: string, file: string): Scenario {
  const invalid = (why: string) => new ChatopsError("SCENARIO_INVALID", `${file}: ${why}`)
  let content: unknown
  try {
    content = parse(readFileSync(file, "utf8"))
  } catch (error) {
    throw invalid((error as Error).message)
  }
  const given = Given.safeParse(content)
  if (!given.success) throw invalid(z.prettifyError(given.error))
  const usual = { name, summary: `As ${name}.yaml says.`, seed: 1, warmUp: 3, coolDown: 5 }
  const read = Scenario.safeParse({ ...usual, ...given.data, name, load: { ...usualLoad, ...given.data.load } })
  if (!read.success) throw invalid(z.prettifyError(read.error))
  return read.data
}
