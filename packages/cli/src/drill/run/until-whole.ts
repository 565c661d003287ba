import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState, OpenTarget } from "@chatops/stacks"

const lookEvery = 250

interface Awaited {
  /** For so many milliseconds. */
  readonly patience: number
  readonly missing?: (state: EnvironmentState) => readonly string[]
  readonly progress: (text: string) => void
}

/** What is still missing in the end; nothing when all is well. */
export async function untilWhole(
  target: Pick<OpenTarget, "inspect">,
  { patience, missing: missingIn = whatIsMissing, progress }: Awaited,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const until = performance.now() + patience
  for (;;) {
    const missing = missingIn(await target.inspect(signal))
    if (missing.length === 0 || performance.now() > until) return missing
    progress(`waiting for ${missing.join("; ")}`)
    await delay(lookEvery, undefined, { signal })
  }
}

/** What keeps an environment from meeting the next fault as it should: by itself, where it is to fail over by itself. */
export function whatIsNotReady(state: EnvironmentState): string[] {
  const restraint = state.watcher?.restraint
  const idle = restraint ? [`the watcher would not fail over for ${restraint.seconds} s: ${restraint.reason}`] : []
  return [...whatIsMissing(state), ...idle]
}

/** What keeps an environment from being whole. */
export function whatIsMissing({ witness, regions, entry }: EnvironmentState): string[] {
  const parts = [...regions, { name: "the entry", ...entry }, { name: "the witness", ...witness }]
  const unwell = parts.filter(({ healthy }) => !healthy).map(({ name, detail }) => `${name}: ${detail}`)
  const { register } = witness
  const alone = register?.durability === "zero-loss" && register.inSync === null
  return alone ? [...unwell, `no region is in sync with ${register.primary}`] : unwell
}
