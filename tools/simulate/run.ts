import { explore } from "../../packages/stacks/src/failover/testing/model/explore.ts"
import { twoRegions } from "../../packages/stacks/src/failover/testing/model/initial-worlds.ts"
import { type Mutant, mutants } from "./mutants.ts"
import { explorerOf } from "./mutated.ts"
import { type Scenario, scenarios } from "./scenarios.ts"

/**
 * `pnpm simulate [--short | --long] [--trace] [--json]`: searches everything that the supervisors' own state machines
 * can come to in a model of PostgreSQL and the witness, and shows that the search notices each rule that is taken away.
 */
const known = ["--short", "--long", "--trace", "--json"]
const flags = new Set(process.argv.slice(2))
const unknown = [...flags].filter(flag => !known.includes(flag))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(" ")}\nusage: pnpm simulate [--short | --long] [--trace] [--json]`)
  process.exit(2)
}
const lengths = flags.has("--short") ? ["short"] : flags.has("--long") ? ["short", "usual", "long"] : ["short", "usual"]
/** More states than memory is for. */
const mostStates = 20_000_000
/** A mutant that is not found within so many states of a scenario has the next one to be found in. */
const mutantStates = 100_000
const say = (line: string) => (flags.has("--json") ? undefined : console.log(line))

say("everything that the protocol can come to")
const searches = scenarios.filter(({ length }) => lengths.includes(length)).map(search)
say("\nthe protocol with one rule taken away")
const judged = []
for (const mutant of mutants) judged.push(await judge(mutant))
if (flags.has("--json")) console.log(JSON.stringify({ searches, mutants: judged }, null, 2))
process.exitCode = searches.every(({ complete }) => complete) && judged.every(({ found }) => found !== null) ? 0 : 1

function search(scenario: Scenario) {
  const began = performance.now()
  const found = explore(worldOf(scenario), mostStates)
  const seconds = (performance.now() - began) / 1000
  const verdict = found.violation?.what ?? (found.complete ? "all of it, nothing wrong" : "nothing wrong so far")
  say(`${found.complete ? "✔" : "✖"} ${scenario.name}: ${found.states} states, ${seconds.toFixed(1)} s: ${verdict}`)
  showTrace(found.violation?.trace)
  return { scenario: scenario.name, ...found, seconds }
}

async function judge(mutant: Mutant) {
  const { explore: exploreMutant } = await explorerOf(mutant)
  const head = `rule ${mutant.rule}, ${mutant.name}`
  let states = 0
  for (const scenario of scenarios.filter(({ length }) => length !== "long")) {
    const found = exploreMutant(worldOf(scenario), mutantStates)
    states += found.states
    if (found.violation === undefined) continue
    const { what, trace } = found.violation
    say(`✔ ${head}: ${states} states, ${trace.length} moves: ${what}`)
    showTrace(trace)
    return { mutant: mutant.name, rule: mutant.rule, states, found: { scenario: scenario.name, what, trace } }
  }
  say(`✖ ${head}: NOT FOUND in ${states} states`)
  return { mutant: mutant.name, rule: mutant.rule, states, found: null }
}

function worldOf({ budget, start }: Scenario) {
  return twoRegions(budget, start)
}

function showTrace(trace: readonly string[] | undefined): void {
  if (flags.has("--trace")) for (const move of trace ?? []) say(`    ${move}`)
}
