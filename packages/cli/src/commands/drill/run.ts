import type { Environment } from "@chatops/stacks"
import { type AbortWhen, type FaultKind, faultName, type Scenario } from "@chatops/stacks/drill"
import * as Args from "@oclif/core/args"
import { CLIError } from "@oclif/core/errors"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags, yesFlag } from "../../command.ts"
import type { DrillRecord } from "../../drill/evidence/index.ts"
import { nextCommand } from "../../next-command.ts"
import { drill } from "../../operations/drill.ts"
import { patienceOf, withAbortWhen } from "../../operations/drill-abort.ts"
import { type DrillSeries, runSeries } from "../../operations/drill-series.ts"
import { type DrillTold, exitCodeOf } from "../../operations/drill-told.ts"
import type { DrillRunResult } from "../../results/drill.ts"

export default class DrillRun extends ChatopsCommand<DrillRunResult> {
  static override summary = "Break a part of the environment under load, and sign what came of it."
  static override description =
    "Users come and go while the scenario's faults are made; every request is recorded, every conversation is read back, and the figures, the raw events and a report go to the ledger, signed. Faults heal by themselves, whatever becomes of this command. Exit code 7 when an objective was missed; 8 when a promise did not hold; 9 when the drill was aborted: by its conditions, which heal the faults at once, or because the environment did not become whole again. Of several drills the worst counts: 8, then 9, then 7. `chatops resume` makes one that was interrupted again, and of a series no other: it says what makes the rest."
  static override examples = [
    { description: "The primary's region dies", command: "<%= config.bin %> drill run kill-region" },
    { description: "A scenario of one's own: drills/monday.yaml", command: "<%= config.bin %> drill run monday" },
    { description: "Twenty drawn ones", command: "<%= config.bin %> drill run random --count 20 --seed 7 --yes" },
    {
      description: "From cron",
      command: "<%= config.bin %> drill run kill-region --env prod --yes-production --scheduled",
    },
  ]
  static override args = {
    scenario: Args.string({
      required: true,
      description:
        "kill-database, freeze-database, kill-region, freeze-region, partition-regions, partition-entry, cut-off-region, fill-disk, lose-model, random, or the name of a file in drills/.",
    }),
  }
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    seed: Flags.integer({
      summary: "What is drawn is drawn from it; default: the scenario's own, or for `random` a new one.",
      min: 0,
    }),
    count: Flags.integer({
      summary: "How many drills, with seeds that follow one another; none after one that was violated or aborted.",
      default: 1,
      min: 1,
    }),
    rate: Flags.integer({ summary: "Turns a second; default: the scenario's own.", min: 1, max: 2_000 }),
    "abort-unanswered": Flags.custom<number>({
      summary:
        "Give up, and heal what is broken, once users waited so long and nothing at all was answered: 60s; default: the scenario's own condition, and 30s with --yes-production where it has none.",
      helpValue: "TIME",
      parse: async text => {
        const patience = patienceOf(text)
        if (patience === undefined) throw new CLIError(`Expected a time up to 1h, such as 60s, but received: ${text}`)
        return patience
      },
    })(),
    "abort-failed": Flags.integer({
      summary: "The same, once so many requests have failed; default: the scenario's own condition.",
      min: 1,
    }),
    "yes-production": Flags.boolean({
      summary: "Also where the environment is marked `production: true`.",
      default: false,
    }),
    scheduled: Flags.boolean({
      summary: "For cron and pipelines: ask nothing, whatever happens, and tell the result in one line.",
      default: false,
    }),
  }

  #next = (words: string): string => words

  async run(): Promise<DrillRunResult> {
    const { args, flags } = await this.parse(DrillRun)
    const environment = await this.environment(flags)
    this.#next = words => nextCommand(words, environment)
    const { seedOf } = await import("../../drill/scenarios/drawn-scenario.ts")
    const seed = seedOf(args.scenario, flags.seed)
    if (seed !== flags.seed && !flags.scheduled)
      this.log(`seed ${seed} was drawn: with --seed ${seed} it is the same again`)
    const series = await runSeries(flags.count, async index => {
      const found = await this.#scenario(environment, args.scenario, { seed, rate: flags.rate, index })
      const yesProduction = flags["yes-production"]
      const scenario = withAbortWhen(found, abortAsked(flags), yesProduction)
      const place = { planned: flags.count, following: flags.count - index - 1, flags: flagsOfAll(flags) }
      const choice = { scenario, yesProduction, ...(flags.count > 1 && { series: place }) }
      const result = await this.execute(environment, drill(choice), {
        // The first question was about all of them.
        yes: flags.yes || flags.scheduled || index > 0,
        quiet: flags.scheduled,
        asksNobody: flags.scheduled,
      })
      const told = result.outputs["record"] as DrillTold
      await this.#tell(told.record, flags.scheduled)
      return told
    })
    const stopped = series.stopped && (await this.#tellStop(series, flags.count))
    const code = exitCodeOf(series.drills)
    if (code !== 0) process.exitCode = code
    return { environment: environment.config.name, drills: series.drills.map(summaryOf), stopped }
  }

  async #scenario(
    environment: Environment,
    name: string,
    { seed, rate, index }: { seed: number | undefined; rate: number | undefined; index: number },
  ): Promise<Scenario> {
    const [{ findScenario }, { drawnScenario, random }] = await Promise.all([
      import("../../drill/scenarios/find-scenario.ts"),
      import("../../drill/scenarios/drawn-scenario.ts"),
    ])
    const drawn = async () => {
      const able = await this.withServices(environment, ({ target }) => target.faults.able())
      const kinds = [...able].flatMap(([kind, is]): FaultKind[] => (is === true ? [kind] : []))
      return drawnScenario((seed ?? 1) + index, kinds)
    }
    const found = name === random ? await drawn() : findScenario(name, environment.appDirectory)
    const seeded = name === random ? found : { ...found, seed: (seed ?? found.seed) + index }
    return rate === undefined ? seeded : { ...seeded, load: { ...seeded.load, turnsPerSecond: rate } }
  }

  async #tell(record: DrillRecord, inOneLine: boolean): Promise<void> {
    const { renderDrill, renderDrillLine } = await import("../../render/drill.ts")
    const report = `report: ${this.#next(`drill show ${record.id} --report report.html`)}`
    const lines = inOneLine ? [renderDrillLine(record)] : ["", ...renderDrill(record), "", report]
    for (const line of lines) this.log(line)
  }

  /** On standard error: what is scheduled has its lines for drills. */
  async #tellStop({ drills, stopped }: DrillSeries, planned: number): Promise<DrillRunResult["stopped"]> {
    if (stopped === null) return null
    const { why, error } = stopped
    const { errorDocument, errorExitCode, errorLines } = await import("../../render/errors.ts")
    if (error) process.exitCode = errorExitCode(error)
    const lines = [
      `${drills.length} of ${planned} drills were made: ${why}`,
      ...(error ? errorLines(error, this.say) : []),
    ]
    for (const line of lines) this.logToStderr(line)
    return { planned, why, error: error && errorDocument(error, this.say).error }
  }
}

const summaryOf = ({ record, statement }: DrillTold) => {
  const { id, outcome, aborted = null, verdict, figures, scenario } = record
  const faults = scenario.faults.map(({ fault }) => faultName(fault))
  return { id, scenario: scenario.name, seed: scenario.seed, faults, outcome, aborted, verdict, figures, statement }
}

interface FlagsOfAll {
  readonly rate: number | undefined
  readonly "abort-unanswered": number | undefined
  readonly "abort-failed": number | undefined
  readonly "yes-production": boolean
  readonly yes: boolean
  readonly scheduled: boolean
}

const abortAsked = ({ "abort-unanswered": unansweredFor, "abort-failed": failed }: FlagsOfAll): Partial<AbortWhen> => ({
  ...(unansweredFor !== undefined && { unansweredFor }),
  ...(failed !== undefined && { failed }),
})

/** As they are typed: whoever makes the rest of a series asks for the same. */
const flagsOfAll = (flags: FlagsOfAll): string[] => [
  ...(flags.rate === undefined ? [] : [`--rate ${flags.rate}`]),
  ...(flags["abort-unanswered"] === undefined ? [] : [`--abort-unanswered ${flags["abort-unanswered"]}s`]),
  ...(flags["abort-failed"] === undefined ? [] : [`--abort-failed ${flags["abort-failed"]}`]),
  ...(["yes-production", "yes", "scheduled"] as const).flatMap(name => (flags[name] ? `--${name}` : [])),
]
