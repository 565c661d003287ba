import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"
import { ask } from "../client/ask.ts"
import { openSession } from "../client/open-session.ts"
import type { StepContext, StepResult } from "./operation.ts"

const healthDeadline = 20_000
const turnDeadline = 60_000
const pollEvery = 50

/** Waits until every part is healthy, then sends one turn the way a user would. */
export async function verifyWithATurn(context: StepContext): Promise<StepResult> {
  return verifyTurn(context, await untilHealthy(context))
}

/** Sends one turn the way a user would, whatever else is not well. Throws VERIFY_FAILED. */
export async function verifyTurn(context: StepContext, { entry: { url } }: EnvironmentState): Promise<StepResult> {
  if (!url) throw new ChatopsError("VERIFY_FAILED", "the entry has no address")
  try {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(turnDeadline)])
    const key = await openSession(context.target, { url, tenant: "chatops" }, signal)
    const { id, text, region } = await ask({
      url,
      key,
      model: context.environment.app.chat.model,
      text: "Hello! Please answer in one short sentence.",
      signal,
      onText: (piece, from) => context.stream(`${from.region ?? "it"} answers`, piece),
    })
    return { output: { url, turn: id, answer: text, region }, summary: `a turn was answered by ${region}` }
  } catch (error) {
    context.signal.throwIfAborted()
    const { name, message } = error as Error
    const why = name === "TimeoutError" ? `no whole answer within ${turnDeadline / 1000} s` : message
    throw new ChatopsError("VERIFY_FAILED", `the turn through ${url} failed: ${why}`, { cause: error })
  }
}

async function untilHealthy({ target, signal, progress }: StepContext): Promise<EnvironmentState> {
  const until = performance.now() + healthDeadline
  for (;;) {
    const state = await target.inspect(signal)
    const waiting = unhealthyParts(state)
    if (waiting.length === 0) return state
    progress("health", `waiting for ${waiting.join(", ")}`)
    if (performance.now() > until)
      throw new ChatopsError(
        "VERIFY_FAILED",
        `still not healthy after ${healthDeadline / 1000} s: ${waiting.join(", ")}`,
      )
    await delay(pollEvery, undefined, { signal })
  }
}

function unhealthyParts({ witness, regions, entry }: EnvironmentState): string[] {
  const backends = entry.gateway?.backends.filter(backend => backend.state !== "healthy" && backend.weight > 0) ?? []
  return [
    ...(witness.healthy ? [] : [`witness (${witness.detail})`]),
    ...regions.filter(region => !region.healthy).map(region => `${region.name} (${region.detail})`),
    ...(entry.healthy && entry.gateway ? [] : [`entry (${entry.detail})`]),
    ...backends.map(backend => `${backend.id} at the gateway (${backend.reason ?? backend.state})`),
  ]
}
