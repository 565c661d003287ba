import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { clockMutants } from "./clock-mutants.ts"
import { type Mutant, mutants } from "./mutants.ts"
import type { Scheduler } from "./random-search.ts"

const packages = new URL("../../packages/", import.meta.url).href
const failover = new URL("stacks/src/failover/", packages).href
type Explorer = typeof import("../../packages/stacks/src/failover/testing/model/explore.ts")
type Runner = typeof import("../../packages/stacks/src/failover/testing/schedules/run-schedule.ts")
type Evidence = typeof import("../../packages/runtime/src/database/lease-evidence.ts")

const all = [...mutants, ...clockMutants]

/** The explorer over the protocol with one rule taken away. */
export function explorerOf(mutant: Mutant): Promise<Explorer> {
  return mutated("stacks/src/failover/testing/model/explore.ts", mutant) as Promise<Explorer>
}

/** Random schedules of it. */
export async function schedulerOf(mutant: Mutant): Promise<Scheduler> {
  const run = (await mutated("stacks/src/failover/testing/schedules/run-schedule.ts", mutant)) as Runner
  const { LeaseEvidence } = (await mutated("runtime/src/database/lease-evidence.ts", mutant)) as Evidence
  return { runSchedule: run.runSchedule, evidenceOf: () => new LeaseEvidence() }
}

const mutated = (file: string, mutant: Mutant): Promise<unknown> =>
  import(`${packages}${file}?mutant=${all.indexOf(mutant)}`)

registerHooks({
  // Whatever a mutant's file imports belongs to the same mutant.
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const query = /\?mutant=\d+$/.exec(context.parentURL ?? "")?.[0]
    return query !== undefined && found.url.startsWith(packages) && !found.url.endsWith(query)
      ? { ...found, url: found.url + query }
      : found
  },
  load(url, context, next) {
    const [, file = "", number = ""] = /^(.*)\?mutant=(\d+)$/.exec(url) ?? []
    const mutant = all[Number(number)]
    if (file === "" || mutant === undefined || file !== new URL(mutant.file, failover).href) return next(url, context)
    return { ...next(url, context), source: sourceOf(readFileSync(fileURLToPath(file), "utf8"), mutant) }
  },
})

/** Throws when the text that the mutant changes is not there exactly once: the protocol has moved on. */
function sourceOf(source: string, { name, from, to }: Mutant): string {
  const pieces = source.split(from)
  if (pieces.length !== 2) throw new Error(`mutant "${name}": its text is there ${pieces.length - 1} times`)
  return pieces.join(to)
}
