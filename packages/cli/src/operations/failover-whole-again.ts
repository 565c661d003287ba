import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import type { FailoverPlan } from "./failover-preflight.ts"
import type { StepContext, StepResult } from "./operation.ts"
import { verifyTurn } from "./verify-with-a-turn.ts"

/** In milliseconds. */
const giveWayPatience = 5_000
const servingPatience = 10_000
const rebuildPatience = 30_000
const pollEvery = 100

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
export async function verify(context: StepContext): Promise<StepResult> {
  const { to } = context.output<FailoverPlan>("preflight")
  await untilGivenWay(context, to)
  return verifyPrimary(context, to)
}

/** With a real turn; under `block` that takes a second region. Throws VERIFY_FAILED. */
export async function verifyPrimary(context: StepContext, to: string, patience = servingPatience): Promise<StepResult> {
  const { register } = (await context.target.inspect(context.signal)).witness
  if (register?.durability === "zero-loss" && register.onLoss === "block") {
    const { second, state } = await untilRebuilt(context, Math.max(patience, rebuildPatience))
    const why = `${to} is the primary, and refuses turns until a second region is in sync (on-standby-loss: block)`
    if (second === undefined) throw new ChatopsError("VERIFY_FAILED", `${why}: ${alone(state)}`)
  }
  await untilServing(context, to, patience)
  return verifyTurn(context, await context.target.inspect(context.signal))
}

/** The register names the second region a moment before the first turn is let in. */
async function untilServing({ target, signal, progress }: StepContext, to: string, patience: number): Promise<void> {
  const until = performance.now() + patience
  for (;;) {
    const { regions } = await target.inspect(signal)
    const primary = regions.find(({ name }) => name === to)
    if (primary?.role === "primary" || performance.now() > until) return
    progress(to, primary?.detail ?? "opening")
    await delay(pollEvery, undefined, { signal })
  }
}

/** Redundancy comes back by itself, as soon as the other region is there; it is waited for to be told of. */
export async function rebuild(context: StepContext): Promise<StepResult> {
  const { second, state } = await untilRebuilt(context)
  const inSync = state.witness.register?.inSync?.region ?? null
  const how = inSync === null ? "follows" : "is in sync"
  return { output: { inSync }, summary: second === undefined ? alone(state) : `${second} ${how}` }
}

async function untilRebuilt({ target, signal, progress }: StepContext, patience = rebuildPatience) {
  const until = performance.now() + patience
  for (;;) {
    const state = await target.inspect(signal)
    const others = othersOf(state)
    const second = secondOf(state)
    const inVain = others.every(({ reachable }) => !reachable) || performance.now() > until
    if (second !== undefined || inVain) return { second, state }
    for (const { name, detail } of others) progress(name, detail)
    await delay(pollEvery, undefined, { signal })
  }
}

/** Who holds what the primary holds: under `zero-loss` the region in sync, under `async` whoever follows. */
function secondOf(state: EnvironmentState): string | undefined {
  const { durability, inSync } = state.witness.register ?? {}
  if (inSync) return inSync.region
  return durability === "async" ? othersOf(state).find(({ streaming }) => streaming)?.name : undefined
}

const othersOf = ({ regions, witness }: EnvironmentState) =>
  regions.filter(({ name }) => name !== witness.register?.primary)

function alone(state: EnvironmentState): string {
  const missing = othersOf(state).map(({ name, detail }) => `${name}: ${detail}`)
  return `no region is redundant yet (${missing.join("; ")}); \`chatops deploy\` starts what is not running`
}
