import { setTimeout as delay } from "node:timers/promises"
import type { EnvironmentState, OpenTarget } from "@chatops/stacks"

const lookEvery = 250

/** What is still missing after so many milliseconds; nothing when all is well. */
export async function untilWhole(
  target: Pick<OpenTarget, "inspect">,
  patience: number,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<readonly string[]> {
  const until = performance.now() + patience
  for (;;) {
    const missing = whatIsMissing(await target.inspect(signal))
    if (missing.length === 0 || performance.now() > until) return missing
    progress(`waiting for ${missing.join("; ")}`)
    await delay(lookEvery, undefined, { signal })
  }
}

/** What keeps an environment from standing the next fault. */
export function whatIsMissing({ witness, regions, entry }: EnvironmentState): string[] {
  const parts = [...regions, { name: "the entry", ...entry }, { name: "the witness", ...witness }]
  const unwell = parts.filter(({ healthy }) => !healthy).map(({ name, detail }) => `${name}: ${detail}`)
  const { register } = witness
  const alone = register?.durability === "zero-loss" && register.inSync === null
  return alone ? [...unwell, `no region is in sync with ${register.primary}`] : unwell
}
