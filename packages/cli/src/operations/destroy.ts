import { stackWaves } from "../engine/stack-name.ts"
import { CannotProceed } from "./cannot-proceed.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { recordStep } from "./record-in-ledger.ts"
import { recordWatcherActions } from "./record-watcher.ts"

/** Removes an environment with its data: the reverse of deploy, recorded before the last trace goes. */
export const destroy = (): Operation => ({
  kind: "destroy",
  choice: {},
  followsConfiguration: false,
  supersedes: ["deploy", "destroy", "drill"],
  steps: [
    harmlessStep("confirm", confirm),
    step("stacks", removeStacks),
    step("record", context => recordStep(context)),
    step("remove", async ({ target, signal }) => {
      await target.remove(signal)
      return { summary: "processes, files, locks and secrets are gone" }
    }),
  ],
})

async function confirm(context: StepContext): Promise<StepResult> {
  const { config, app } = context.environment
  const question = `Destroy environment ${config.name} of ${app.app}, with every conversation in it?`
  if (!(await context.confirm(question, "no"))) throw new CannotProceed("not confirmed; nothing was removed")
  return { summary: "yes" }
}

async function removeStacks(context: StepContext): Promise<StepResult> {
  // Its journal goes with the entry: what is not in the ledger by then never will be.
  const { error } = await recordWatcherActions(context, context.signal)
  if (error !== undefined) throw error
  const deployed = await context.begunStacks()
  if (deployed.length === 0) return { summary: "there was none" }
  const engine = await context.engine()
  const configured = stackWaves(
    deployed.filter(name => name.startsWith("region-")).map(name => name.slice("region-".length)),
  )
  for (const wave of configured.toReversed()) {
    const present = wave.filter(name => deployed.includes(name))
    const results = await Promise.allSettled(present.map(name => engine.destroy(name)))
    const failed = results.find(result => result.status === "rejected")
    if (failed) throw failed.reason
  }
  return { summary: deployed.join(", ") }
}
