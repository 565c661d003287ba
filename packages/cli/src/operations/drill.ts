import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import type { EnvironmentState } from "@chatops/stacks"
import { faultName, figuresOf, type Scenario } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import { announce } from "@chatops/stacks/notify"
import { durationOf } from "../drill/run/run-drill.ts"
import { refuseUnwatched, untilReady } from "../drill/run/until-ready.ts"
import { whatIsMissing } from "../drill/run/until-whole.ts"
import { rolesOf } from "../drill/scenarios/roles-now.ts"
import { withRoles } from "../drill/scenarios/scenario-roles.ts"
import { actor } from "./actor.ts"
import { CannotProceed } from "./cannot-proceed.ts"
import { abortWords } from "./drill-abort.ts"
import { refuseBroken, refuseProduction, refuseUnable } from "./drill-refusals.ts"
import type { SeriesPlace } from "./drill-series.ts"
import type { DrillTold } from "./drill-told.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { recordStep } from "./record-in-ledger.ts"

const tenant = "chatops-drill"
/** Beyond its plan's end: for repeats, recovery and reading back. In seconds. */
const keyReserve = 3_600

/** What a drill is asked for with; a whole scenario, whose regions may be roles: who holds them is seen when it begins. */
export type DrillChoice = {
  readonly scenario: Scenario
  /** Said of an environment with `production: true`. */
  readonly yesProduction: boolean
  /** Absent: it is the only one. */
  readonly series?: SeriesPlace
}

/** Breaks parts of the environment while users come and go, and signs what came of it. */
export const drill = (choice: DrillChoice): Operation => ({
  kind: "drill",
  choice,
  followsConfiguration: false,
  // A drill that was left can be made again at any time.
  supersedes: ["drill"],
  steps: [
    harmlessStep("preflight", context => preflight(context, choice)),
    harmlessStep("confirm", context => confirm(context, choice)),
    step("drill", context => breakThings(context, choice)),
    step("record", record),
  ],
})

async function preflight({ target, environment, signal }: StepContext, choice: DrillChoice): Promise<StepResult> {
  const { name } = environment.config
  const state = await target.inspect(signal)
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  refuseProduction(environment.config, choice)
  const scenario = withRoles(choice.scenario, rolesOf(state, environment.config.primary))
  await refuseUnable(target, scenario)
  await refuseBroken(target)
  const missing = whatIsMissing(state)
  if (missing.length > 0) throw new ChatopsError("DRILL_NOT_READY", `${name} is not whole: ${missing.join("; ")}`)
  refuseUnwatched(state, scenario)
  return { output: scenario, summary: `${describe(scenario)}; about ${Math.ceil(durationOf(scenario))} s` }
}

async function confirm(context: StepContext, { series }: DrillChoice): Promise<StepResult> {
  const scenario = context.output<Scenario>("preflight")
  const { load } = scenario
  const turns = Math.round(durationOf(scenario) * load.turnsPerSecond)
  const { planned = 1 } = series ?? {}
  const often = planned === 1 ? "" : `, as the first of ${planned} drills that follow one another unasked`
  const what = `Break ${describe(scenario)} of ${context.environment.config.name}, under about ${turns} turns`
  const question = `${what}${abortWords(scenario)}${often}?`
  if (!(await context.confirm(question, "no"))) throw new CannotProceed("not confirmed; nothing was broken")
  return { summary: "yes" }
}

const sinceInProduction =
  "Take `production: true` back; or, when that is meant, say `--yes-production` to a new drill, which takes this one's place."

/** Of a drill that was interrupted nothing can be kept: it is made again once what it broke has healed. */
async function breakThings(context: StepContext, choice: DrillChoice): Promise<StepResult> {
  const { target, environment, signal } = context
  const file = eventsFile(context)
  for (const { id } of await target.faults.active()) await target.faults.heal(id, signal)
  // It may have been put into production since it was asked for.
  refuseProduction(environment.config, choice, { hint: sinceInProduction })
  const progress = (text: string) => context.progress("before", text)
  // The primary may be another one since the question was asked.
  const scenarioAt = (state: EnvironmentState) => withRoles(choice.scenario, rolesOf(state, environment.config.primary))
  const { scenario, state } = await untilReady({ target, scenarioAt, progress }, signal)
  const { entry } = state
  await refuseUnable(target, scenario)
  if (entry.url === null) throw new ChatopsError("DRILL_NOT_READY", "the entry has no address")
  if (existsSync(file)) renameSync(file, `${file}.${Date.now()}.interrupted`)
  await revokeLeft(context)
  const expiresInSeconds = Math.ceil(durationOf(scenario)) + keyReserve
  const key = await target.keys.create({ tenant, name: context.operationId, expiresInSeconds }, signal)
  const [began, beganAt] = [performance.now(), new Date()]
  const { runDrill } = await import("../drill/run/run-drill.ts")
  const run = {
    target,
    scenario,
    url: entry.url,
    key: key.key,
    file,
    playPerson: environment.config.failover === "manual",
    progress: context.progress,
  }
  try {
    await runDrill(run, signal)
  } finally {
    await target.keys.revoke(key.id, AbortSignal.timeout(5_000)).catch(() => undefined)
  }
  // A clock that was set meanwhile does not change how long it took.
  const endedAt = new Date(beganAt.getTime() + performance.now() - began)
  const output: Made = { beganAt: beganAt.toISOString(), endedAt: endedAt.toISOString(), scenario }
  return { output, summary: `${describe(scenario)}: it is over` }
}

/** Keys of drills that were killed, this one's first run among them. No other drill is under way: the lock is this one's. */
async function revokeLeft({ target, signal }: StepContext): Promise<void> {
  for (const key of await target.keys.list(signal))
    if (key.tenant === tenant && key.name.startsWith("op-") && key.revokedAt === null)
      await target.keys.revoke(key.id, signal)
}

/** What step `drill` returns. */
type Made = { readonly beganAt: string; readonly endedAt: string; readonly scenario: Scenario }

async function record(context: StepContext): Promise<StepResult> {
  const [{ makeEvidence, signingKey }, { renderReport }, { readDrillEvents }] = await Promise.all([
    import("../drill/evidence/index.ts"),
    import("../drill/report/render-report.ts"),
    import("../drill/recording/read-drill-events.ts"),
  ])
  const { app, config, release, directories } = context.environment
  const file = eventsFile(context)
  const events = await readDrillEvents(file)
  const { objectives } = config
  const account = {
    id: context.operationId,
    app: app.app,
    environment: config.name,
    target: config.target,
    releases: [release],
    ...context.output<Made>("drill"),
    actor: actor(),
    objectives: objectives === undefined ? null : { rtoMs: objectives.rto, rpo: objectives.rpo },
    figures: figuresOf(events),
    events,
    lines: readFileSync(file),
  }
  const ledger = await context.ledger()
  const key = await signingKey(directories.state)
  const evidence = await makeEvidence(account, { view: await ledger.view(), key, renderReport })
  const output: DrillTold = { record: evidence.record, statement: evidence.statement }
  const { outcome, figures, endedAt } = evidence.record
  const rtos = figures.recoveries.map(({ rto }) => rto)
  const data = {
    id: context.operationId,
    outcome,
    lost: figures.turns.lost,
    rtoMs: rtos.includes(null) || rtos.length === 0 ? null : Math.max(...rtos.map(rto => rto ?? 0)),
  }
  const result = { outcome, scenario: evidence.record.scenario.name }
  const { summary } = await recordStep(context, result, evidence.files)
  await announce(context.environment, { type: "drill.finished", timestamp: endedAt, data })
  return { output, summary: summary ?? "" }
}

function eventsFile({ environment, operationId }: StepContext): string {
  const directory = join(environment.directories.state, "drills")
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return join(directory, `${operationId}.jsonl`)
}

const describe = ({ faults }: Scenario): string => faults.map(({ fault }) => faultName(fault)).join(", ")
