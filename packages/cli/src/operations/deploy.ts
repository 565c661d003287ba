import { regionStack, type StackName } from "../engine/stack-name.ts"
import { CannotProceed } from "./cannot-proceed.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { changedStacks, describePlan, isEmpty, makePlan, type Plan, summarisePlan } from "./plan.ts"
import { recordStep } from "./record-in-ledger.ts"
import { verifyWithATurn } from "./verify-with-a-turn.ts"
import { bringWatcherActions } from "./watcher-contact.ts"

/** Makes true what chatops.yaml says. Never moves the primary. */
export const deploy = (): Operation => ({
  kind: "deploy",
  choice: {},
  followsConfiguration: true,
  // A failover that waits for a region is what a deploy is needed for; the register keeps what it did.
  supersedes: ["deploy", "drill", "failback", "failover", "recover-witness"],
  steps: [
    harmlessStep("validate", validate),
    harmlessStep("plan", plan),
    harmlessStep("confirm", confirm),
    step("base", context => update(context, ["base"])),
    step("regions", context =>
      update(
        context,
        context.environment.config.regions.map(region => regionStack(region.name)),
      ),
    ),
    step("entry", context => update(context, ["entry"])),
    step("retire", retire),
    step("verify", verifyWithATurn),
    step("record", context => recordStep(context)),
  ],
})

async function validate({ target, repository, signal, environment }: StepContext): Promise<StepResult> {
  await Promise.all([target.validate(signal), repository()])
  const { app, config } = environment
  const regions = config.regions.map(region => region.name).join(", ")
  return { summary: `${app.app} · ${config.target} · ${regions}` }
}

async function plan(context: StepContext): Promise<StepResult> {
  const [state, engine] = await Promise.all([context.target.inspect(context.signal), context.engine()])
  const made = await makePlan(context, engine, state)
  const end = isEmpty(made) && !context.superseding
  // Nothing else is recorded then.
  const told = end ? await bringWatcherActions(context, context.signal) : []
  const plan = { ...made, notes: [...made.notes, ...told] }
  return { output: plan, summary: summarisePlan(plan), details: describePlan(plan), end }
}

async function confirm(context: StepContext): Promise<StepResult> {
  const made = context.output<Plan>("plan")
  if (isEmpty(made)) return { summary: "nothing to ask" }
  if (!(await context.confirm(`${summarisePlan(made)}. Go on?`, "yes")))
    throw new CannotProceed("not confirmed; nothing was changed")
  return { summary: "yes" }
}

/**
 * Stacks of one wave, at once; those without a change are left alone. The first failure ends the others, which may be
 * waiting for just that one; all settle before it is reported, for nothing may still be changing when an operation pauses.
 */
async function update(context: StepContext, wave: readonly StackName[]): Promise<StepResult> {
  const changed = changedStacks(context.output<Plan>("plan"))
  const due = wave.filter(name => changed.has(name))
  if (due.length === 0) return { summary: "unchanged" }
  const engine = await context.engine()
  const failure = new AbortController()
  await Promise.all(due.map(name => engine.update(name, failure.signal).catch(error => failure.abort(error))))
  failure.signal.throwIfAborted()
  return { summary: due.join(", ") }
}

async function retire(context: StepContext): Promise<StepResult> {
  const { retired } = context.output<Plan>("plan")
  if (retired.length === 0) return { summary: "nothing to remove" }
  const engine = await context.engine()
  for (const region of retired) await engine.destroy(regionStack(region))
  return { summary: retired.join(", ") }
}
