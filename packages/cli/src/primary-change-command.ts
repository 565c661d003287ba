import type { Environment } from "@chatops/stacks"
import { ChatopsCommand } from "./command.ts"
import { nextCommand } from "./next-command.ts"
import { explainChange } from "./operations/explain-operation.ts"
import type { PrimaryChange } from "./operations/failover.ts"
import { lossLine } from "./operations/failover-loss.ts"
import type { FailoverChoice, FailoverPlan } from "./operations/failover-preflight.ts"
import type { Operation } from "./operations/operation.ts"
import { renderExplanation } from "./render/explanation.ts"
import type { ExplanationResult } from "./results/explanation.ts"
import type { FailoverResult } from "./results/failover.ts"

/** What the commands that change the primary have in common. */
export abstract class PrimaryChangeCommand extends ChatopsCommand<FailoverResult | ExplanationResult> {
  protected async explain(
    environment: Environment,
    operation: Operation,
    choice: FailoverChoice,
  ): Promise<ExplanationResult> {
    const command = (words: string) => nextCommand(words, environment)
    const explanation = await this.withServices(environment, services =>
      explainChange(operation, choice, services, command, this.interrupt.signal),
    )
    for (const line of renderExplanation(explanation)) this.log(line)
    return explanation
  }

  protected async change(
    environment: Environment,
    operation: Operation,
    flags: { readonly yes: boolean },
  ): Promise<FailoverResult> {
    const result = await this.execute(environment, operation, flags)
    const { from, to, epoch } = result.outputs["preflight"] as FailoverPlan
    const changed = (result.outputs["claim"] ?? result.outputs["hand over"]) as PrimaryChange | undefined
    const rebuilt = result.steps.find(({ name }) => name === "rebuild")
    const { inSync = null } = (result.outputs["rebuild"] ?? {}) as { inSync?: string | null }
    this.log(
      result.outcome === "unchanged"
        ? `\n${to} is the primary already; nothing was changed.`
        : `\n${to} is the primary; ${rebuilt?.summary ?? "redundancy comes back by itself"}.`,
    )
    for (const line of lossLine(changed)) this.log(line)
    return {
      operation: result.id,
      outcome: result.outcome,
      environment: environment.config.name,
      from,
      to,
      epoch: changed?.epoch ?? epoch,
      claimMs: changed?.milliseconds ?? null,
      claim: changed === undefined ? null : (changed.claim ?? "in-sync"),
      mayBeLost: changed?.mayBeLost ?? null,
      inSync,
      steps: result.steps.map(({ name, durationMs }) => ({ name, durationMs })),
    }
  }
}
