import * as Flags from "@oclif/core/flags"
import { environmentFlags, yesFlag } from "../command.ts"
import { failback } from "../operations/failover.ts"
import { PrimaryChangeCommand } from "../primary-change-command.ts"
import type { ExplanationResult } from "../results/explanation.ts"
import type { FailoverResult } from "../results/failover.ts"

export default class Failback extends PrimaryChangeCommand {
  static override summary = "Make the preferred primary of chatops.yaml the primary again."
  static override description =
    "A planned failover: the present primary finishes what it is at, and users see nothing of it. Refused while a region is not well: the next death would be one too many."
  static override examples = [
    { description: "When the region is back", command: "<%= config.bin %> failback" },
    { description: "What it would do", command: "<%= config.bin %> failback --explain" },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    explain: Flags.boolean({
      summary: "Change nothing; tell what each step would do, and how to do it by hand.",
      default: false,
    }),
  }

  async run(): Promise<FailoverResult | ExplanationResult> {
    const { flags } = await this.parse(Failback)
    const environment = await this.environment(flags)
    if (flags.explain) return this.explain(environment, failback(), { planned: true, back: true })
    return this.change(environment, failback(), flags)
  }
}
