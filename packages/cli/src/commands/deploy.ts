import * as Flags from "@oclif/core/flags"
import { chatPageAddress } from "../client/chat-page-address.ts"
import { ChatopsCommand, environmentFlags, yesFlag } from "../command.ts"
import { nextCommand } from "../next-command.ts"
import { deploy } from "../operations/deploy.ts"
import { deployResult } from "../operations/deploy-result.ts"
import { describePlan, isEmpty, planOf, summarisePlan } from "../operations/plan.ts"
import { renderDeployResult } from "../render/deploy-result.ts"
import type { DeployResult } from "../results/deploy.ts"
import type { DeployPreviewResult } from "../results/deploy-preview.ts"

export default class Deploy extends ChatopsCommand<DeployResult | DeployPreviewResult> {
  static override summary = "Make true what chatops.yaml says."
  static override description =
    "Plans first, and asks before it changes anything. An environment that is as it should be is left alone. A deploy never moves the primary; a killed region is started again."
  static override examples = [
    { description: "Deploy the only environment", command: "<%= config.bin %> deploy" },
    { description: "See what would change", command: "<%= config.bin %> deploy --preview" },
    { description: "In a pipeline", command: "<%= config.bin %> deploy --env prod --yes --json" },
  ]
  static override flags = {
    ...environmentFlags,
    ...yesFlag,
    preview: Flags.boolean({ summary: "Show what would change, with reasons, and change nothing.", default: false }),
  }

  async run(): Promise<DeployResult | DeployPreviewResult> {
    const { flags } = await this.parse(Deploy)
    const environment = await this.environment(flags)
    if (flags.preview) return this.#preview(environment)
    const result = await this.execute(environment, deploy(), flags)
    return this.withServices(environment, async services => {
      const { signal } = this.interrupt
      const shown = deployResult(result, await services.target.inspect(signal), environment)
      if (!this.jsonEnabled()) {
        const typed = (command: string) => nextCommand(command, environment)
        // A token is for the person who looks, not for a pipeline's log; and the deploy has succeeded with or without one.
        const address = process.stdout.isTTY
          ? chatPageAddress(services, signal)
          : Promise.reject(new Error("no terminal"))
        const page = await address.catch(() => `${shown.entry.url}  (\`${typed("open")}\` signs in)`)
        for (const line of renderDeployResult(shown, page, typed)) this.log(line)
      }
      return shown
    })
  }

  async #preview(environment: Parameters<ChatopsCommand["withServices"]>[0]): Promise<DeployPreviewResult> {
    // Asking takes seconds; the plan itself stays alone on standard output.
    if (!this.jsonEnabled()) this.logToStderr(`comparing chatops.yaml with what runs in ${environment.config.name} …`)
    const plan = await this.withServices(environment, planOf)
    this.log(summarisePlan(plan))
    if (!isEmpty(plan) || plan.notes.length > 0) for (const line of describePlan(plan)) this.log(`  ${line}`)
    return plan
  }
}
