import { randomUUID } from "node:crypto"
import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { type Recovery, recoveredRegister, usualLease } from "@chatops/stacks/failover"
import { CannotProceed } from "./cannot-proceed.ts"
import { rebuild, untilServing } from "./failover-whole-again.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { recordStep } from "./record-in-ledger.ts"
import { verifyTurn } from "./verify-with-a-turn.ts"

/** What was asked for. */
export interface RecoveryChoice {
  readonly to?: string
  readonly force?: boolean
}

export type RecoveryPlan = Recovery

/** A region that has closed itself begins with its database anew; in milliseconds. */
const openingPatience = 60_000

/** Gives the witness a register again that no region has to refuse: whoever was primary last is (rule 8). */
export const recoverWitness = (choice: RecoveryChoice): Operation => ({
  kind: "recover-witness",
  choice: { ...choice },
  followsConfiguration: false,
  supersedes: ["deploy", "drill", "failback", "failover", "recover-witness"],
  steps: [
    harmlessStep("preflight", context => preflight(context, choice)),
    harmlessStep("confirm", confirm),
    step("write", write),
    step("verify", verify),
    step("record", context => recordStep(context, { ...context.output<RecoveryPlan>("preflight") })),
    step("rebuild", rebuild),
  ],
})

async function preflight({ target, environment, signal }: StepContext, choice: RecoveryChoice): Promise<StepResult> {
  const { name, durability, onStandbyLoss, regions } = environment.config
  const [memories, register, state] = await Promise.all([
    target.recovery.memories(signal),
    target.register(signal),
    target.inspect(signal),
  ])
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  const promise = { durability, onLoss: onStandbyLoss, lease: regions.length > 1 ? usualLease : null }
  const plan = recoveredRegister({ register, memories, promise }, choice, randomUUID())
  if (plan === undefined) return { output: null, summary: "the register is as new as any region remembers", end: true }
  if (!plan.wentBack) refuseWhileOneLives(state)
  const { primary, epoch } = plan.register
  return {
    output: plan satisfies RecoveryPlan,
    summary:
      plan.doubt === null
        ? `${primary} was primary last, and is to be again, at epoch ${epoch}`
        : `${primary} is to be primary, at epoch ${epoch}`,
    details: plan.doubt === null ? [] : [plan.doubt],
  }
}

/** Those two confirm each other's commits without a lease, for as long as neither hears of a new primary. */
function refuseWhileOneLives({ witness: { register }, regions }: EnvironmentState): void {
  const named = new Set([register?.primary, register?.inSync?.region])
  const alive = regions.filter(({ name, reachable }) => reachable && named.has(name)).map(({ name }) => name)
  if (alive.length === 0) return
  throw new ChatopsError("FAILOVER_IMPOSSIBLE", `${alive.join(" and ")} answers, and holds every acknowledged turn`, {
    hint: "`chatops failover` makes it the primary, if it is not; `chatops status` shows what is in the way.",
  })
}

async function confirm(context: StepContext): Promise<StepResult> {
  const { register, doubt, wentBack } = context.output<RecoveryPlan>("preflight")
  const gone = wentBack ? "" : " Who is named now must be gone for good: what it acknowledges from here on is lost."
  const lost = doubt === null ? "Nothing acknowledged is lost." : `By force: ${doubt}.${gone}`
  const question = `Have the witness name ${register.primary} the primary? ${lost}`
  if (!(await context.confirm(question, "no"))) throw new CannotProceed("not confirmed; nothing was changed")
  return { summary: "yes" }
}

/** What was planned may have been written before this was interrupted, and things have gone on since. */
async function write({ target, signal, output }: StepContext): Promise<StepResult> {
  const { register } = output<RecoveryPlan>("preflight")
  const present = await target.register(signal)
  if (present === null || present.epoch < register.epoch) await target.recovery.write(register, signal)
  return { summary: `the witness names ${register.primary} at epoch ${register.epoch}` }
}

async function verify(context: StepContext): Promise<StepResult> {
  await untilServing(context, context.output<RecoveryPlan>("preflight").register.primary, openingPatience)
  return verifyTurn(context, await context.target.inspect(context.signal))
}
