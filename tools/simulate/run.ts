import { LeaseEvidence } from "../../packages/runtime/src/database/lease-evidence.ts"
import { explore } from "../../packages/stacks/src/failover/testing/model/explore.ts"
import { regionsAtWork, whoseWitnessGoesBack } from "../../packages/stacks/src/failover/testing/model/initial-worlds.ts"
import { runSchedule } from "../../packages/stacks/src/failover/testing/schedules/run-schedule.ts"
import { clockMutants } from "./clock-mutants.ts"
import { flagsOf } from "./flags.ts"
import { type MutantOutcome, tableHead, tableRow } from "./mutant-table.ts"
import { type Mutant, mutants } from "./mutants.ts"
import { explorerOf, schedulerOf } from "./mutated.ts"
import { searchAtRandom } from "./random-search.ts"
import { type Scenario, scenarios } from "./scenarios.ts"

/**
 * `pnpm simulate`: searches everything that the supervisors' own state machines can come to in a model of PostgreSQL and
 * the witness, runs random schedules of them by clocks, and shows that each rule that is taken away is noticed.
 */
const flags = flagsOf(process.argv.slice(2))
const lengths = { short: ["short"], usual: ["short", "usual"], long: ["short", "usual", "long"] }[flags.length]
/** Of one scenario: about what the heap holds that Node has by default, 4 GB. */
const mostStates = 5_000_000
/** A mutant that is not found within so many states of a scenario has the next one to be found in. */
const mutantStates = 100_000
/** A mutant that is not found in so many schedules is not found. */
const mutantSchedules = 3_000
/** What is said goes where it does not disturb what a program reads. */
const say = (line: string) => (flags.json ? console.error(line) : console.log(line))

const searches = []
if (!flags.random) {
  say("everything that the protocol can come to")
  searches.push(...scenarios.filter(({ length }) => lengths.includes(length)).map(search))
  say("")
}
say("random schedules, by clocks that are wrong and with messages that are late")
const random = schedules()
const judged: MutantOutcome[] = []
if (!flags.random) {
  say("\nthe protocol with one rule taken away")
  say(tableHead)
  for (const mutant of mutants) judged.push(tell(await judge(mutant)))
  for (const mutant of clockMutants) judged.push(tell(await judgeAtRandom(mutant)))
}
if (flags.json) console.log(JSON.stringify({ searches, random, mutants: judged }, null, 2))
const isWell = searches.every(({ complete }) => complete) && random.failure === undefined
process.exitCode = isWell && judged.every(({ foundBy }) => foundBy !== null) ? 0 : 1

function search(scenario: Scenario) {
  const began = performance.now()
  const found = explore(worldOf(scenario), mostStates)
  const seconds = (performance.now() - began) / 1000
  const verdict = found.violation?.what ?? (found.complete ? "all of it, nothing wrong" : "nothing wrong so far")
  say(`${found.complete ? "✔" : "✖"} ${scenario.name}: ${found.states} states, ${seconds.toFixed(1)} s: ${verdict}`)
  showTrace(found.violation?.trace)
  return { scenario: scenario.name, ...found, seconds }
}

function schedules() {
  const began = performance.now()
  const found = searchAtRandom({ runSchedule, evidenceOf: () => new LeaseEvidence() }, flags.seed, flags.count)
  const seconds = (performance.now() - began) / 1000
  const { failure, claims } = found
  const verdict = failure === undefined ? "nothing wrong" : `seed ${failure.seed}: ${failure.what}`
  say(`${failure === undefined ? "✔" : "✖"} ${found.schedules} schedules, ${seconds.toFixed(1)} s: ${verdict}`)
  say(`  ${found.events} events, ${found.acknowledged} turns acknowledged, ${found.lost} of them reported as lost`)
  say(`  claims: ${claims["in-sync"]} in sync, ${claims.async} under async, ${claims.forced} forced`)
  for (const line of failure?.trace ?? []) say(`    ${line}`)
  return { ...found, seconds }
}

async function judge(mutant: Mutant): Promise<MutantOutcome> {
  const { explore: exploreMutant } = await explorerOf(mutant)
  let states = 0
  for (const scenario of scenariosFor(mutant)) {
    const found = exploreMutant(worldOf(scenario), mutantStates)
    states += found.states
    if (found.violation !== undefined) return outcomeOf(mutant, "search", states, found.violation)
  }
  return outcomeOf(mutant, "search", states, undefined)
}

/** Only the long search does not begin where it is known to end. */
function scenariosFor(mutant: Mutant): readonly Scenario[] {
  const all = scenarios.filter(({ length }) => length !== "long")
  const shows = all.filter(({ name }) => name === mutant.scenario)
  if (mutant.scenario !== undefined && shows.length === 0) throw new Error(`there is no scenario "${mutant.scenario}"`)
  const known = flags.length === "long" ? [] : shows
  return [...known, ...all.filter(scenario => !known.includes(scenario))]
}

async function judgeAtRandom(mutant: (typeof clockMutants)[number]): Promise<MutantOutcome> {
  const from = flags.length === "long" ? 1 : mutant.seed
  const { schedules: count, failure } = searchAtRandom(await schedulerOf(mutant), from, mutantSchedules)
  return outcomeOf(mutant, "schedules", count, failure)
}

function outcomeOf(
  { name, rule }: Mutant,
  by: "search" | "schedules",
  looked: number,
  found: { readonly what: string; readonly trace: readonly string[] } | undefined,
): MutantOutcome {
  const about = { mutant: name, rule, looked }
  if (found === undefined) return { ...about, foundBy: null, trace: [], what: null }
  return { ...about, foundBy: by, trace: found.trace, what: found.what }
}

function tell(outcome: MutantOutcome): MutantOutcome {
  say(tableRow(outcome))
  showTrace(outcome.trace)
  return outcome
}

function worldOf({ standbys = ["west"], budget, start, goesBack }: Scenario) {
  const world = regionsAtWork(standbys, budget, start)
  return goesBack ? whoseWitnessGoesBack(world) : world
}

function showTrace(trace: readonly string[] | undefined): void {
  if (flags.trace) for (const move of trace ?? []) say(`    ${move}`)
}
