import type { Environment } from "@chatops/stacks"
import * as Flags from "@oclif/core/flags"
import { environmentFlags, yesFlag } from "../command.ts"
import { failover } from "../operations/failover.ts"
import { PrimaryChangeCommand } from "../primary-change-command.ts"
import type { ExplanationResult } from "../results/explanation.ts"
import type { FailoverResult } from "../results/failover.ts"
import { UsageError } from "../usage/usage-error.ts"

export default class Failover extends PrimaryChangeCommand {
  static override summary = "Make another region the primary, without losing a turn unless you say so."
  static override description =
    "The region that is in sync takes over; any other is refused, because it may lack turns that users saw acknowledged. Where the environment is async the region that has come furthest takes over, and what it lacks is lost. Answers under way are begun again. With --planned the primary first finishes what it is at, and under either durability nothing is lost. With --force, once the primary is gone and no region is in sync, turns are given up: what is known of them is said beforehand. The former primary, when it is there, comes back as the standby by itself."
  static override examples = [
    { description: "To the region that is in sync", command: "<%= config.bin %> failover" },
    { description: "Before maintenance, while all is well", command: "<%= config.bin %> failover --planned" },
    {
      description: "When the primary is gone for good and no region is in sync",
      command: "<%= config.bin %> failover --force",
    },
    { description: "What it would do, and what to do by hand", command: "<%= config.bin %> failover --explain" },
    { description: "From a pipeline", command: "<%= config.bin %> failover --env prod --yes --json" },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    to: Flags.string({
      summary:
        "The region that is to be primary; default: the one in sync, under async the one that has come furthest.",
    }),
    planned: Flags.boolean({
      summary: "The primary works along: it finishes what is under way, and users see nothing of it.",
      default: false,
    }),
    force: Flags.boolean({
      summary: "Give up turns that the region lacks; only where the primary is gone and no region is in sync.",
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
    if (flags.force && flags.planned)
      throw new UsageError(
        "--force and --planned exclude each other",
        "A primary that works along loses nothing: --planned. --force is for one that is gone.",
      )
    const choice = {
      ...(flags.to !== undefined && { to: flags.to }),
      ...(flags.planned && { planned: true }),
      ...(flags.force && { force: true }),
    }
    if (flags.explain) return this.explain(environment, failover(choice), choice)
    return this.change(environment, failover(choice), flags)
  }
}

function checkRegion({ config }: Environment, to: string | undefined): void {
  const regions = config.regions.map(region => region.name as string)
  if (to !== undefined && !regions.includes(to))
    throw new UsageError(`there is no region ${to}`, `chatops.yaml has ${regions.join(", ")}.`)
}
