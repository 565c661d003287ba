import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags, yesFlag } from "../command.ts"
import { type FailoverPlan, failover } from "../operations/failover.ts"
import type { FailoverResult } from "../results/failover.ts"
import { UsageError } from "../usage/usage-error.ts"

export default class Failover extends ChatopsCommand<FailoverResult> {
  static override summary = "Make another region the primary, without losing a turn."
  static override description =
    "The region that is in sync takes over; any other is refused, because it may lack turns that users saw acknowledged. Answers under way are begun again. The former primary, when it is there, comes back as the standby by itself."
  static override examples = [
    { description: "To the region that is in sync", command: "<%= config.bin %> failover" },
    { description: "To a certain one, or not at all", command: "<%= config.bin %> failover --to west" },
    { description: "From a pipeline", command: "<%= config.bin %> failover --env prod --yes --json" },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    to: Flags.string({ summary: "The region that is to be primary; default: the one in sync." }),
  }

  async run(): Promise<FailoverResult> {
    const { flags } = await this.parse(Failover)
    const environment = await this.environment(flags)
    const regions = environment.config.regions.map(region => region.name as string)
    if (flags.to !== undefined && !regions.includes(flags.to))
      throw new UsageError(`there is no region ${flags.to}`, `chatops.yaml has ${regions.join(", ")}.`)
    const result = await this.execute(environment, failover(flags.to === undefined ? {} : { to: flags.to }), flags)
    const { from, to, epoch } = result.outputs["preflight"] as FailoverPlan
    const claimed = result.outputs["claim"] as { epoch: number; milliseconds: number } | undefined
    const rebuilt = result.outputs["rebuild"] as { inSync: string | null } | undefined
    if (result.outcome === "unchanged") this.log(`\n${to} is the primary already; nothing was changed.`)
    else
      this.log(
        `\n${to} is the primary. ${rebuilt?.inSync ? `${rebuilt.inSync} is in sync.` : "No region is in sync yet: chatops status"}`,
      )
    return {
      operation: result.id,
      outcome: result.outcome,
      environment: environment.config.name,
      from,
      to,
      epoch: claimed?.epoch ?? epoch,
      claimMs: claimed?.milliseconds ?? null,
      inSync: rebuilt?.inSync ?? null,
      steps: result.steps.map(({ name, durationMs }) => ({ name, durationMs })),
    }
  }
}
