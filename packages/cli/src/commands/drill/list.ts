import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../../command.ts"
import { findApp } from "../../find-environment.ts"
import { openLedger } from "../../ledger/index.ts"
import { bringFromApp } from "../../operations/watcher-contact.ts"
import type { DrillListResult } from "../../results/drill.ts"

export default class DrillList extends ChatopsCommand<DrillListResult> {
  static override summary = "List the drills that the ledger has evidence of, newest first."
  static override examples = [
    { description: "The last ten", command: "<%= config.bin %> drill list" },
    { description: "Those of one environment", command: "<%= config.bin %> drill list --env prod" },
  ]
  static override flags = {
    app: environmentFlags.app,
    env: environmentFlags.env,
    limit: Flags.integer({ char: "n", summary: "How many.", default: 10, min: 1 }),
  }

  async run(): Promise<DrillListResult> {
    const { flags } = await this.parse(DrillList)
    const [{ readRecords, summaryOf }, { refuseUnknownEnvironment }, { renderDrillList }] = await Promise.all([
      import("../../drill/evidence/read-records.ts"),
      import("../../drill/refuse-unknown-environment.ts"),
      import("../../render/drill.ts"),
    ])
    const app = findApp(flags.app)
    const ledger = openLedger(app, { patience: 1_000, networkPatience: 5_000 })
    const { told } = await bringFromApp(app, ledger, flags.env, this.interrupt.signal)
    const view = await ledger.view()
    await refuseUnknownEnvironment(view, flags)
    const records = await readRecords(view, { environment: flags.env, limit: flags.limit })
    const drills = records.map(summaryOf)
    for (const line of renderDrillList(drills)) this.log(line)
    for (const line of told) this.logToStderr(line)
    return drills
  }
}
