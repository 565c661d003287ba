import type { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "@chatops/stacks/errors"
import type { MayBeLost } from "@chatops/stacks/failover"
import { announce } from "@chatops/stacks/notify"
import { actor } from "./actor.ts"
import { CannotProceed } from "./cannot-proceed.ts"
import { describeBound, lossQuestion, mayBeLost, sinceAsked } from "./failover-loss.ts"
import { type FailoverChoice, type FailoverPlan, planOf, preflight } from "./failover-preflight.ts"
import { explain } from "./failover-runbook.ts"
import { rebuild, verify } from "./failover-whole-again.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { recordStep } from "./record-in-ledger.ts"
import { stopwatch } from "./stopwatch.ts"

/**
 * Makes another region the primary. Nothing that was acknowledged is lost: only a region that holds it all may claim,
 * whatever this operation asks, unless the environment is `async` or turns are given up by force. Pulumi is not run: the
 * stacks are the same before and after.
 */
export const failover = (choice: FailoverChoice): Operation => changeOfPrimary("failover", choice, { ...choice })

/** How long a question stays what it was, in milliseconds. */
const lateAnswer = 30_000

/** Back to the preferred primary, as planned, once redundancy is whole. */
export const failback = (): Operation => changeOfPrimary("failback", { planned: true, back: true }, {})

const changeOfPrimary = (kind: string, wanted: FailoverChoice, choice: Operation["choice"]): Operation => ({
  kind,
  choice,
  followsConfiguration: false,
  // Whatever was left must not stand in the way at such a time; of a change of primary the register knows the outcome.
  supersedes: ["deploy", "drill", "failback", "failover", "recover-witness"],
  steps: [
    harmlessStep("preflight", context => preflight(context, wanted), { runbook: explain.preflight }),
    harmlessStep("confirm", context => confirm(context, wanted)),
    wanted.planned === true
      ? step("hand over", handOver, { runbook: explain.handOver, leavesNothing: code => code === "HANDOVER_REFUSED" })
      : step("claim", context => claim(context, wanted), { runbook: explain.claim }),
    step("verify", verify, { runbook: explain.verify }),
    step("record", record, { runbook: explain.record }),
    step("rebuild", rebuild, { runbook: explain.rebuild }),
  ],
})

/** What the step that changed the primary returned, and the ledger keeps. */
export type PrimaryChange = Pick<FailoverPlan, "from" | "to" | "epoch" | "planned"> & {
  readonly milliseconds: number
  /** How the region came to its place. Absent from an operation that an earlier version has begun. */
  readonly claim?: Register["claim"]
  /** Null: nothing that was acknowledged. */
  readonly mayBeLost?: MayBeLost | null
}

const changed = (context: StepContext): PrimaryChange =>
  context.output(context.finished.some(({ name }) => name === "claim") ? "claim" : "hand over")

async function record(context: StepContext): Promise<StepResult> {
  const { from, to, epoch, planned, milliseconds, claim = "in-sync", mayBeLost = null } = changed(context)
  const data = { from, to, epoch, by: actor(), planned, milliseconds, claim, mayBeLost }
  await announce(context.environment, { type: "failover.finished", timestamp: changedAt(context), data })
  return recordStep(context, changed(context))
}

/** The same in a run that is resumed, so that receivers are not told of two failovers. */
function changedAt({ finished }: StepContext): string {
  const step = finished.find(({ name }) => name === "claim" || name === "hand over")
  return new Date(step ? Date.parse(step.startedAt) + Math.round(step.durationMs) : Date.now()).toISOString()
}

/** Where turns are given up a late answer was to an old question: it is asked anew, with what is known by then. */
async function confirm(context: StepContext, wanted: FailoverChoice): Promise<StepResult> {
  for (let plan = context.output<FailoverPlan>("preflight"); ; plan = (await lookAgain(context, wanted)).plan) {
    const waited = stopwatch()
    if (!(await context.confirm(questionOf(plan), "no"))) throw new CannotProceed("not confirmed; nothing was changed")
    if (!givesUp(plan) || waited() < lateAnswer) return { summary: "yes" }
    context.progress(plan.to, "that took a while; looking again")
  }
}

const givesUp = ({ claim }: FailoverPlan): boolean => claim !== undefined && claim !== "in-sync"

function questionOf(plan: FailoverPlan): string {
  const { from, to, planned } = plan
  const meanwhile = planned ? "It finishes what it is at" : "Answers under way are begun again"
  const lost = givesUp(plan) ? lossQuestion(plan) : "nothing acknowledged is lost."
  return `Make ${to} the primary in place of ${from}? ${meanwhile}; ${lost}`
}

/** A resumed one must not undo what has happened since it was planned. */
const claim = async (context: StepContext, wanted: FailoverChoice): Promise<StepResult> => {
  const { plan, elapsed } = await lookAgain(context, wanted)
  const lost = (claim: Register["claim"]) => mayBeLost({ ...plan, claim }, elapsed())
  const work = async ({ to, epoch, claim }: FailoverPlan) => {
    const register = await context.target.register(context.signal)
    if (register !== null && register.primary !== to && register.epoch !== epoch)
      throw new ChatopsError(
        "FAILOVER_IMPOSSIBLE",
        `${register.primary} has become the primary since, at epoch ${register.epoch}: it was planned at epoch ${epoch}`,
      )
    return context.target.claim(to, context.signal, { accepts: claim ?? "in-sync" })
  }
  return timed(context, plan, "claiming", work, lost)
}

/**
 * A question may have been answered late. What is given up is then another amount, and it may be that nothing has to be:
 * throws FAILOVER_IMPOSSIBLE, as `preflight` does.
 */
async function lookAgain(context: StepContext, wanted: FailoverChoice): Promise<Asked> {
  const plan = context.output<FailoverPlan>("preflight")
  const before = { plan, elapsed: () => sinceAsked(plan) }
  if (!givesUp(plan)) return before
  const [askedAt, elapsed] = [Date.now(), stopwatch()]
  const state = await context.target.inspect(context.signal)
  // Claimed before this was interrupted, or lost to another: the register says which.
  if (state.witness.register?.epoch !== plan.epoch) return before
  return { plan: planOf(state, { ...wanted, to: plan.to }, context.environment.config.primary, askedAt).plan, elapsed }
}

interface Asked {
  readonly plan: FailoverPlan
  /** Milliseconds since the region was asked what it lacks; null: nobody can say. */
  readonly elapsed: () => number | null
}

/** It may have been done before this was interrupted: then the place is the other's already, and it is only claimed. */
const handOver = (context: StepContext): Promise<StepResult> => {
  const plan = context.output<FailoverPlan>("preflight")
  return timed(
    context,
    plan,
    "taking over",
    async ({ from, to }) => {
      const register = await context.target.register(context.signal)
      if (register?.primary === to) return context.target.claim(to, context.signal)
      return context.target.handOver({ from, to }, context.signal)
    },
    // The watcher may have had it claimed meanwhile.
    claim => mayBeLost({ ...plan, claim }, sinceAsked(plan)),
  )
}

async function timed(
  context: StepContext,
  plan: FailoverPlan,
  doing: string,
  work: (plan: FailoverPlan) => Promise<Register>,
  /** By how the register says that it came: what was planned may have come otherwise. */
  lost: (claim: Register["claim"]) => MayBeLost | null,
): Promise<StepResult> {
  const began = performance.now()
  context.progress(plan.to, doing)
  const { epoch, claim } = await work(plan)
  const milliseconds = Math.round(performance.now() - began)
  const { from, to, planned } = plan
  const output: PrimaryChange = { from, to, epoch, planned, milliseconds, claim, mayBeLost: lost(claim) }
  return { output, summary: `${to} is primary at epoch ${epoch}, after ${milliseconds} ms${told(output)}` }
}

function told({ claim, mayBeLost }: PrimaryChange): string {
  if (!mayBeLost) return ""
  return `, ${claim === "forced" ? "forced" : "async"}: ${describeBound(mayBeLost)}`
}
