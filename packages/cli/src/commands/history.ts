import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags } from "../command.ts"
import { findApp, findEnvironment } from "../find-environment.ts"
import { openLedger } from "../ledger/index.ts"
import { bringFromApp } from "../operations/watcher-contact.ts"
import { renderHistory } from "../render/history.ts"
import type { HistoryResult } from "../results/history.ts"
import { recentOperations } from "../status/recent-operations.ts"

/** What is only looked at must not take long to look at, in milliseconds. */
const shortly = { patience: 1_000, networkPatience: 5_000 }

export default class History extends ChatopsCommand<HistoryResult> {
  static override summary = "Show the operations that the ledger has recorded, newest first."
  static override examples = [
    { description: "The last ten", command: "<%= config.bin %> history" },
    { description: "Everything, for a script", command: "<%= config.bin %> history --limit 1000 --json" },
  ]
  static override flags = {
    app: environmentFlags.app,
    env: environmentFlags.env,
    limit: Flags.integer({ char: "n", summary: "How many.", default: 10, min: 1 }),
  }

  async run(): Promise<HistoryResult> {
    const { flags } = await this.parse(History)
    const app = findApp(flags.app)
    const ledger = openLedger(app, shortly)
    const { toCome, told } = await bringFromApp(app, ledger, flags.env, this.interrupt.signal)
    const entries = await recentOperations(ledger, { limit: flags.limit, environment: flags.env }, toCome)
    // One that is gone from chatops.yaml keeps its operations.
    if (entries.length === 0 && flags.env !== undefined) await findEnvironment(flags.app, flags.env)
    for (const line of renderHistory(entries)) this.log(line)
    for (const line of told) this.logToStderr(line)
    return entries
  }
}
