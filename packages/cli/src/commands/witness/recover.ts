import * as Flags from "@oclif/core/flags"
import { ChatopsCommand, environmentFlags, yesFlag } from "../../command.ts"
import { type RecoveryPlan, recoverWitness } from "../../operations/recover-witness.ts"
import type { WitnessRecoverResult } from "../../results/witness-recover.ts"
import { UsageError } from "../../usage/usage-error.ts"

export default class WitnessRecover extends ChatopsCommand<WitnessRecoverResult> {
  static override summary = "Give the witness its register again after it was lost, or restored from an older copy."
  static override description =
    "Every region remembers the newest epoch and version that it has seen, and closes itself before an older register. From all of them, and from what their data have led, it follows who was primary last: the witness names that region, under a new epoch, and nobody is in sync until another region has been made sure of anew. Refused where that cannot be said for sure. What the witness had is kept beside it. With --force and --to it also makes a third region the primary whose primary and region in sync are both gone for good."
  static override examples = [
    { description: "When regions say WITNESS_WENT_BACK", command: "<%= config.bin %> witness recover" },
    {
      description: "When the region that was primary last is gone for good, and so is the register",
      command: "<%= config.bin %> witness recover --force --to west",
    },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    to: Flags.string({ summary: "The region that is to be primary; default: the one that was last." }),
    force: Flags.boolean({
      summary: "Though turns may be lost: another region was primary last, or may have been.",
      default: false,
    }),
  }

  async run(): Promise<WitnessRecoverResult> {
    const { flags } = await this.parse(WitnessRecover)
    const environment = await this.environment(flags)
    const { to, force } = flags
    const regions = environment.config.regions.map(({ name }) => name as string)
    if (to !== undefined && !regions.includes(to))
      throw new UsageError(`there is no region ${to}`, `chatops.yaml has ${regions.join(", ")}.`)
    const choice = { ...(to !== undefined && { to }), ...(force && { force }) }
    const { id, outcome, outputs } = await this.execute(environment, recoverWitness(choice), flags)
    const plan = outputs["preflight"] as RecoveryPlan | null
    this.log(
      plan === null
        ? "\nNo region remembers anything newer than the witness; nothing was changed."
        : `\n${plan.register.primary} is the primary, at epoch ${plan.register.epoch}.`,
    )
    return {
      operation: id,
      outcome,
      environment: environment.config.name,
      primary: plan?.register.primary ?? null,
      epoch: plan?.register.epoch ?? null,
      doubt: plan?.doubt ?? null,
    }
  }
}
