import type { Environment } from "@chatops/stacks"
import * as Flags from "@oclif/core/flags"
import { environmentFlags, yesFlag } from "../command.ts"
import { failover } from "../operations/failover.ts"
import { PrimaryChangeCommand } from "../primary-change-command.ts"
import type { ExplanationResult } from "../results/explanation.ts"
import type { FailoverResult } from "../results/failover.ts"
import { UsageError } from "../usage/usage-error.ts"

export default class Failover extends PrimaryChangeCommand {
  static override summary = "Make another region the primary, without losing a turn."
  static override description =
    "The region that is in sync takes over; any other is refused, because it may lack turns that users saw acknowledged. Answers under way are begun again. With --planned the primary first finishes what it is at, and under either durability nothing is lost. The former primary, when it is there, comes back as the standby by itself."
  static override examples = [
    { description: "To the region that is in sync", command: "<%= config.bin %> failover" },
    { description: "Before maintenance, while all is well", command: "<%= config.bin %> failover --planned" },
    { description: "What it would do, and what to do by hand", command: "<%= config.bin %> failover --explain" },
    { description: "From a pipeline", command: "<%= config.bin %> failover --env prod --yes --json" },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    to: Flags.string({ summary: "The region that is to be primary; default: the one in sync." }),
    planned: Flags.boolean({
      summary: "The primary works along: it finishes what is under way, and users see nothing of it.",
      default: false,
    }),
    explain: Flags.boolean({
      summary: "Change nothing; tell what each step would do, and how to do it by hand.",
      default: false,
    }),
  }

  async run(): Promise<FailoverResult | ExplanationResult> {
    const { flags } = await this.parse(Failover)
    const environment = await this.environment(flags)
    checkRegion(environment, flags.to)
    const choice = { ...(flags.to !== undefined && { to: flags.to }), ...(flags.planned && { planned: true }) }
    if (flags.explain) return this.explain(environment, failover(choice), choice)
    return this.change(environment, failover(choice), flags)
  }
}

function checkRegion({ config }: Environment, to: string | undefined): void {
  const regions = config.regions.map(region => region.name as string)
  if (to !== undefined && !regions.includes(to))
    throw new UsageError(`there is no region ${to}`, `chatops.yaml has ${regions.join(", ")}.`)
}
