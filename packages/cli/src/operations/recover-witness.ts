import { randomUUID } from "node:crypto"
import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { type Recovery, type RegionMemory, recoveredRegister, usualLease } from "@chatops/stacks/failover"
import { CannotProceed } from "./cannot-proceed.ts"
import { rebuild, verifyPrimary } from "./failover-whole-again.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { recordStep } from "./record-in-ledger.ts"

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
    step("write", context => write(context, choice), { leavesNothing: code => code === "WITNESS_UNRECOVERABLE" }),
    step("verify", verify),
    step("record", context => recordStep(context, { ...context.output<RecoveryPlan>("preflight") })),
    step("rebuild", rebuild),
  ],
})

async function preflight(context: StepContext, choice: RecoveryChoice): Promise<StepResult> {
  const { plan } = await look(context, choice, randomUUID())
  if (plan === undefined) return { output: null, summary: "the register is as new as any region remembers", end: true }
  const { primary, epoch } = plan.register
  const last = plan.doubt === null ? "was primary last, and is to be again" : "is to be primary"
  return {
    output: plan satisfies RecoveryPlan,
    summary: `${primary} ${last}, at epoch ${epoch}`,
    details: plan.doubt === null ? [] : [plan.doubt],
  }
}

async function look({ target, environment, signal }: StepContext, choice: RecoveryChoice, nonce: string) {
  const { name, durability, onStandbyLoss, regions } = environment.config
  const [memories, register, state] = await Promise.all([
    target.recovery.memories(signal),
    target.register(signal),
    target.inspect(signal),
  ])
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  const promise = { durability, onLoss: onStandbyLoss, lease: regions.length > 1 ? usualLease : null }
  const plan = recoveredRegister({ register, memories, promise }, choice, nonce)
  if (plan !== undefined) refuseWhileOthersLive(plan, memories, state)
  return { plan, register }
}

/**
 * A primary, and whoever is in sync with it, confirm each other's commits without a lease, for as long as neither hears
 * of a new one; and whoever lives and has data may be asked instead of being given up.
 */
function refuseWhileOthersLive(
  { register, doubt }: Recovery,
  memories: readonly RegionMemory[],
  { witness, regions }: EnvironmentState,
): void {
  const present = witness.register
  const named = new Set([present?.primary, present?.inSync?.region])
  const hasData = new Set(memories.filter(({ data }) => data.kind !== "none").map(({ region }) => region))
  const alive = regions.filter(({ name, reachable, role }) => {
    const matters = role === "primary" || (doubt !== null && named.has(name) && hasData.has(name))
    return name !== register.primary && reachable && matters
  })
  if (alive.length === 0) return
  const names = alive.map(({ name }) => name).join(" and ")
  throw new ChatopsError(
    "WITNESS_UNRECOVERABLE",
    `${names} answers, and may hold turns that ${register.primary} lacks`,
    {
      hint: "`chatops status` shows what is in the way of `chatops failover`; `chatops witness recover --to` that region makes it the primary.",
    },
  )
}

async function confirm(context: StepContext): Promise<StepResult> {
  const { register, doubt } = context.output<RecoveryPlan>("preflight")
  const lost =
    doubt === null
      ? "Nothing acknowledged is lost."
      : `By force: ${doubt}. Every other region must be gone for good: what it acknowledges from here on is lost.`
  if (!(await context.confirm(`Have the witness name ${register.primary} the primary? ${lost}`, "no")))
    throw new CannotProceed("not confirmed; nothing was changed")
  return { summary: "yes" }
}

/** What was confirmed, if everything is still as it was then; or what an interrupted run has begun to write. */
async function write(context: StepContext, choice: RecoveryChoice): Promise<StepResult> {
  const { target, signal, output } = context
  const confirmed = output<RecoveryPlan>("preflight")
  const { nonce, primary } = confirmed.register
  const written = (await target.register(signal))?.nonce === nonce
  const { plan, register } = written
    ? { plan: confirmed, register: confirmed.register }
    : await look(context, choice, nonce)
  if (plan?.register.primary !== primary || plan.doubt !== confirmed.doubt)
    throw new ChatopsError(
      "WITNESS_UNRECOVERABLE",
      "what regions remember has changed since it was confirmed; look again",
    )
  await target.recovery.write(plan.register, register, signal)
  return { output: plan.register, summary: `the witness names ${primary} at epoch ${plan.register.epoch}` }
}

const verify = (context: StepContext): Promise<StepResult> =>
  verifyPrimary(context, context.output<RecoveryPlan>("preflight").register.primary, openingPatience)
