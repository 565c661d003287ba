import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState, RegionStatus } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { CannotProceed } from "./cannot-proceed.ts"
import { harmlessStep, type Operation, type StepContext, type StepResult, step } from "./operation.ts"
import { recordStep } from "./record-in-ledger.ts"
import { verifyTurn } from "./verify-with-a-turn.ts"

/** In milliseconds. */
const giveWayPatience = 5_000
const rebuildPatience = 30_000
const pollEvery = 100

/** `preflight`'s output. */
export interface FailoverPlan {
  readonly from: string
  readonly to: string
  readonly epoch: number
}

/**
 * Makes the region that is in sync the primary. Nothing that was acknowledged is lost: only a region that holds it all
 * may claim, whatever this operation asks. Pulumi is not run: the stacks are the same before and after.
 */
export const failover = (choice: { readonly to?: string }): Operation => ({
  kind: "failover",
  choice,
  followsConfiguration: false,
  // What is left of a deploy must not stand in the way at such a time.
  supersedes: ["deploy"],
  steps: [
    harmlessStep("preflight", context => preflight(context, choice.to)),
    harmlessStep("confirm", confirm),
    step("claim", claim),
    step("verify", verify),
    step("record", context => recordStep(context, context.output("claim"))),
    step("rebuild", rebuild),
  ],
})

async function preflight({ target, environment, signal }: StepContext, to: string | undefined): Promise<StepResult> {
  const state = await target.inspect(signal)
  const { register } = state.witness
  const { name } = environment.config
  if (!state.deployed) throw new ChatopsError("NOT_DEPLOYED", `environment ${name} is not deployed`)
  if (!state.witness.healthy || register === null) {
    throw new ChatopsError(
      "WITNESS_UNREACHABLE",
      `without the witness no region may become primary: ${state.witness.detail}`,
    )
  }
  const { primary: from, epoch, inSync } = register
  const chosen = to ?? inSync?.region
  if (chosen === undefined) throw impossible(`no region is in sync with ${from} at epoch ${epoch}`)
  const output: FailoverPlan = { from, to: chosen, epoch }
  if (chosen === from) return { output, summary: `${from} is the primary already`, end: true }
  if (inSync?.region !== chosen) {
    const holder = inSync === null ? "no region is" : `${inSync.region} is`
    throw impossible(`${holder} in sync with ${from}: ${chosen} may lack turns that were acknowledged`)
  }
  const region = state.regions.find(candidate => candidate.name === chosen)
  const why = region === undefined ? `chatops.yaml has no region ${chosen}` : whyUnable(region)
  if (why !== undefined) throw impossible(why)
  return { output, summary: `${chosen} holds every acknowledged turn and can take over from ${from}` }
}

function whyUnable({ name, reachable, role, database, replicas, detail }: RegionStatus): string | undefined {
  if (!reachable) return `the supervisor of ${name} does not answer: ${detail}`
  if (role !== "standby" || database !== "running") return `the database of ${name} is ${database}: ${detail}`
  // None is ready while the primary that all of them write to is gone.
  if (replicas.every(({ pid }) => pid === null)) return `no replica of ${name} is running: ${detail}`
  return undefined
}

const impossible = (reason: string) => new ChatopsError("FAILOVER_IMPOSSIBLE", reason)

async function confirm(context: StepContext): Promise<StepResult> {
  const { from, to } = context.output<FailoverPlan>("preflight")
  const question = `Make ${to} the primary in place of ${from}? Answers under way are begun again; nothing acknowledged is lost.`
  if (!(await context.confirm(question, "no"))) throw new CannotProceed("not confirmed; nothing was changed")
  return { summary: "yes" }
}

async function claim(context: StepContext): Promise<StepResult> {
  const { from, to } = context.output<FailoverPlan>("preflight")
  const began = performance.now()
  context.progress(to, "claiming")
  const { epoch } = await context.target.claim(to, context.signal)
  const milliseconds = Math.round(performance.now() - began)
  return {
    output: { from, to, epoch, milliseconds },
    summary: `${to} is primary at epoch ${epoch}, after ${milliseconds} ms`,
  }
}

/**
 * A former primary that lives reads of its end within half a second. Until then its own replicas may answer from what
 * was true before the claim, and a turn sent through them proves nothing about the new one.
 */
async function untilGivenWay({ target, signal, progress }: StepContext, to: string): Promise<void> {
  const until = performance.now() + giveWayPatience
  for (;;) {
    const { regions } = await target.inspect(signal)
    const former = regions.filter(({ name, role }) => role === "primary" && name !== to)
    if (former.length === 0 || performance.now() > until) return
    for (const { name } of former) progress(name, "giving way")
    await delay(pollEvery, undefined, { signal })
  }
}

/** Only what users need has to be there: the region that was left may be gone for long. */
async function verify(context: StepContext): Promise<StepResult> {
  const { to } = context.output<FailoverPlan>("preflight")
  await untilGivenWay(context, to)
  const { register } = (await context.target.inspect(context.signal)).witness
  if (register?.durability === "zero-loss" && register.onLoss === "block") {
    const { inSync, state } = await untilRebuilt(context)
    const why = `${to} is the primary, and refuses turns until a second region is in sync (on-standby-loss: block)`
    if (inSync === null) throw new ChatopsError("VERIFY_FAILED", `${why}: ${alone(state)}`)
  }
  return verifyTurn(context, await context.target.inspect(context.signal))
}

/** Redundancy comes back by itself, as soon as the other region is there; it is waited for to be told of. */
async function rebuild(context: StepContext): Promise<StepResult> {
  const { inSync, state } = await untilRebuilt(context)
  return { output: { inSync }, summary: inSync === null ? alone(state) : `${inSync} is in sync` }
}

async function untilRebuilt({ target, signal, progress }: StepContext) {
  const until = performance.now() + rebuildPatience
  for (;;) {
    const state = await target.inspect(signal)
    const { register } = state.witness
    const inSync = register?.inSync?.region ?? null
    const others = state.regions.filter(({ name }) => name !== register?.primary)
    const inVain = others.every(({ reachable }) => !reachable) || performance.now() > until
    if (inSync !== null || inVain) return { inSync, state }
    for (const { name, detail } of others) progress(name, detail)
    await delay(pollEvery, undefined, { signal })
  }
}

function alone({ regions, witness }: EnvironmentState): string {
  const others = regions.filter(({ name }) => name !== witness.register?.primary)
  const missing = others.map(({ name, detail }) => `${name}: ${detail}`).join("; ")
  return `no region is in sync yet (${missing}); \`chatops deploy\` starts what is not running`
}
