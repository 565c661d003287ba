import { mkdir, writeFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { ChatopsError, systemError } from "@chatops/stacks/errors"
import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import type { DrillRecord } from "../../drill/evidence/index.ts"
import { findApp } from "../../find-environment.ts"
import { openLedger } from "../../ledger/index.ts"
import type { DrillShowResult } from "../../results/drill.ts"
import { UsageError } from "../../usage/usage-error.ts"

export default class DrillShow extends ChatopsCommand<DrillShowResult> {
  static override summary = "Show what a drill came to, as its record says."
  static override description =
    "Reads the record and believes it: `chatops drill verify` says whether that is right. Beside it stand the run before and the median of all before, of the same scenario and environment, and how this one differs. With --report the report is written to a file, to be opened in a browser."
  static override examples = [
    { description: "The newest", command: "<%= config.bin %> drill show" },
    { description: "Its report", command: "<%= config.bin %> drill show --report report.html" },
  ]
  static override args = { id: Args.string({ description: "Id of the drill; default: the newest." }) }
  static override flags = {
    app: environmentFlags.app,
    env: environmentFlags.env,
    report: Flags.string({ summary: "File to write the report to.", helpValue: "FILE" }),
  }

  async run(): Promise<DrillShowResult> {
    const { args, flags } = await this.parse(DrillShow)
    const [evidence, { compareRuns }, { refuseUnknownEnvironment }] = await Promise.all([
      import("../../drill/evidence/read-records.ts"),
      import("../../drill/evidence/compare-runs.ts"),
      import("../../drill/refuse-unknown-environment.ts"),
    ])
    const view = await openLedger(findApp(flags.app)).view()
    await refuseUnknownEnvironment(view, flags)
    const [record] = await evidence.readRecords(view, { environment: flags.env, id: args.id, limit: 1 })
    if (record === undefined)
      throw new ChatopsError(
        "DRILL_UNKNOWN",
        args.id ? `the ledger has no drill ${args.id}` : "the ledger has no drill yet",
      )
    const comparison = compareRuns(record, await evidence.knownRecords(view, record.environment))
    await this.#tell(record, comparison)
    if (flags.report !== undefined)
      this.log(`report: ${await writeReport(flags.report, await evidence.reportOf(view, record))}`)
    return { ...record, comparison }
  }

  async #tell(record: DrillRecord, comparison: DrillShowResult["comparison"]): Promise<void> {
    const [{ renderDrill }, { renderComparison }, { longestRecovery }] = await Promise.all([
      import("../../render/drill.ts"),
      import("../../render/drill-comparison.ts"),
      import("../../drill/evidence/verdict.ts"),
    ])
    const now = { rtoMs: longestRecovery(record.figures), lost: record.figures.turns.lost }
    for (const line of [...renderDrill(record), ...renderComparison(now, comparison)]) this.log(line)
  }
}

/** Makes its directory where there is none. Where it lies, as a whole path. */
async function writeReport(file: string, content: Buffer): Promise<string> {
  const path = resolve(file)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  } catch (error) {
    const known = systemError(error as Error)
    if (known instanceof ChatopsError) throw known
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      `the report cannot be written to ${path}: ${code}`,
      "Name a file, in a directory that exists or can be made.",
    )
  }
  return path
}
