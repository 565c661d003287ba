import type { Environment } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags, yesFlag } from "../command.ts"
import { nextCommand } from "../next-command.ts"
import type { DrillChoice } from "../operations/drill.ts"
import { restOfSeries, sayRest } from "../operations/drill-series.ts"
import { type DrillTold, exitCodeOf } from "../operations/drill-told.ts"
import type { PrimaryChange } from "../operations/failover.ts"
import { lossLine } from "../operations/failover-loss.ts"
import { unfinishedOperation } from "../operations/journal.ts"
import { operationByKind } from "../operations/registry.ts"
import { journalDirectory } from "../operations/run-operation.ts"
import type { ResumeResult } from "../results/resume.ts"

export default class Resume extends ChatopsCommand<ResumeResult> {
  static override summary = "Go on with an operation that was interrupted or paused."
  static override description =
    "Finished steps are not repeated; the one that was interrupted is. Of a series of drills only the interrupted one is made; what makes the rest is told."
  static override examples = [
    { description: "Go on where it stopped", command: "<%= config.bin %> resume" },
    { description: "Give it up", command: "<%= config.bin %> resume --abort" },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    abort: Flags.boolean({
      summary: "Give the operation up. What it has done stays; the next deploy puts it right.",
      default: false,
    }),
  }

  async run(): Promise<ResumeResult> {
    const { flags } = await this.parse(Resume)
    const environment = await this.environment(flags)
    const left = await this.withServices(environment, async services => unfinishedOperation(journalDirectory(services)))
    if (!left)
      throw new ChatopsError("NOTHING_TO_RESUME", `environment ${environment.config.name} has no unfinished operation`)
    const { id, kind, choice } = left.header
    if (flags.abort) {
      const toCome = await this.abort(environment, left)
      for (const line of [`${kind} ${id} is given up.`, ...toCome]) this.log(line)
      return { operation: id, kind, outcome: "aborted", mayBeLost: null, drill: null, toCome }
    }
    const operation = operationByKind(kind, choice)
    if (!operation) throw new ChatopsError("OPERATION_UNKNOWN", `this chatops does not know operations of kind ${kind}`)
    const { outcome, outputs } = await this.resume(environment, left, operation, flags)
    const drill =
      kind === "drill"
        ? await this.#tellDrill(environment, outputs["record"] as DrillTold, choice as DrillChoice)
        : null
    const changed = (outputs["claim"] ?? outputs["hand over"]) as PrimaryChange | undefined
    const over = drill === null ? outcome : `finished, and ${drill.outcome}`
    this.log(`${kind} ${id}: ${over}. \`${nextCommand("status", environment)}\` shows what runs.`)
    for (const line of lossLine(changed)) this.log(line)
    return { operation: id, kind, outcome, mayBeLost: changed?.mayBeLost ?? null, drill, toCome: [] }
  }

  /** That it went on to its end is not yet that it passed. */
  async #tellDrill(environment: Environment, told: DrillTold, choice: DrillChoice): Promise<ResumeResult["drill"]> {
    const { renderDrill } = await import("../render/drill.ts")
    const { id, outcome } = told.record
    const rest = restOfSeries(choice, outcome, words => nextCommand(words, environment))
    for (const line of ["", ...renderDrill(told.record), "", ...(rest ? [sayRest(rest, outcome)] : [])]) this.log(line)
    const code = exitCodeOf([told])
    if (code !== 0) process.exitCode = code
    return { id, outcome, rest }
  }
}
