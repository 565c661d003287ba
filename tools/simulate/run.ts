import { LeaseEvidence } from "../../packages/runtime/src/database/lease-evidence.ts"
import { explore } from "../../packages/stacks/src/failover/testing/model/explore.ts"
import { twoRegions } from "../../packages/stacks/src/failover/testing/model/initial-worlds.ts"
import { runSchedule } from "../../packages/stacks/src/failover/testing/schedules/run-schedule.ts"
import { clockMutants } from "./clock-mutants.ts"
import { flagsOf } from "./flags.ts"
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
/** More states than memory is for. */
const mostStates = 20_000_000
/** A mutant that is not found within so many states of a scenario has the next one to be found in. */
const mutantStates = 100_000
/** A mutant that is not found in so many schedules is not found. */
const mutantSchedules = 3_000
const say = (line: string) => (flags.json ? undefined : console.log(line))

const searches = []
if (!flags.random) {
  say("everything that the protocol can come to")
  searches.push(...scenarios.filter(({ length }) => lengths.includes(length)).map(search))
  say("")
}
say("random schedules, by clocks that are wrong and with messages that are late")
const random = schedules()
const judged = []
if (!flags.random) {
  say("\nthe protocol with one rule taken away")
  for (const mutant of mutants) judged.push(await judge(mutant))
  for (const mutant of clockMutants) judged.push(await judgeAtRandom(mutant))
}
if (flags.json) console.log(JSON.stringify({ searches, random, mutants: judged }, null, 2))
const isWell = searches.every(({ complete }) => complete) && random.failure === undefined
process.exitCode = isWell && judged.every(({ found }) => found !== null) ? 0 : 1

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
    return {
      mutant: mutant.name,
      rule: mutant.rule,
      states,
      found: { by: "search", scenario: scenario.name, what, trace },
    }
  }
  say(`✖ ${head}: NOT FOUND in ${states} states`)
  return { mutant: mutant.name, rule: mutant.rule, states, found: null }
}

async function judgeAtRandom(mutant: (typeof clockMutants)[number]) {
  const from = flags.length === "short" ? mutant.seed : 1
  const { schedules: count, failure } = searchAtRandom(await schedulerOf(mutant), from, mutantSchedules)
  const head = `rule ${mutant.rule}, ${mutant.name}`
  const about = { mutant: mutant.name, rule: mutant.rule, schedules: count }
  if (failure === undefined) {
    say(`✖ ${head}: NOT FOUND in ${count} random schedules`)
    return { ...about, found: null }
  }
  const { seed, what, incidents, trace } = failure
  say(`✔ ${head}: ${count} random schedules, ${incidents} incidents in ${trace.length} lines: ${what}`)
  showTrace(trace)
  return { ...about, found: { by: "random schedules", seed, what, incidents, trace } }
}

function worldOf({ budget, start }: Scenario) {
  return twoRegions(budget, start)
}

function showTrace(trace: readonly string[] | undefined): void {
  if (flags.trace) for (const move of trace ?? []) say(`    ${move}`)
}
