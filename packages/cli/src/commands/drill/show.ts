import { writeFile } from "node:fs/promises"
import { ChatopsError } from "@chatops/stacks/errors"
import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import { findApp } from "../../find-environment.ts"
import { openLedger } from "../../ledger/index.ts"
import type { DrillShowResult } from "../../results/drill.ts"

export default class DrillShow extends ChatopsCommand<DrillShowResult> {
  static override summary = "Show what a drill came to, as its record says."
  static override description =
    "Reads the record and believes it: `chatops drill verify` says whether that is right. With --report the report is written to a file, to be opened in a browser."
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
    const [{ readRecords, reportOf }, { refuseUnknownEnvironment }, { renderDrill }] = await Promise.all([
      import("../../drill/evidence/read-records.ts"),
      import("../../drill/refuse-unknown-environment.ts"),
      import("../../render/drill.ts"),
    ])
    const view = await openLedger(findApp(flags.app)).view()
    await refuseUnknownEnvironment(view, flags)
    const [record] = await readRecords(view, { environment: flags.env, id: args.id, limit: 1 })
    if (record === undefined)
      throw new ChatopsError(
        "DRILL_UNKNOWN",
        args.id ? `the ledger has no drill ${args.id}` : "the ledger has no drill yet",
      )
    if (flags.report !== undefined) await writeFile(flags.report, await reportOf(view, record))
    for (const line of renderDrill(record)) this.log(line)
    return record
  }
}
