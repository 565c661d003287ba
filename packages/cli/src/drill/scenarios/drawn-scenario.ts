import { randomInt } from "node:crypto"
import { type FaultKind, type Scenario, seededDraw } from "@chatops/stacks/drill"
import { builtInScenarios } from "./built-in-scenarios.ts"

export const random = "random"

/**
 * Where nobody names a seed, a drawn scenario takes a new one: what runs every night would break the same thing every
 * night. Room is left for those that follow it. Undefined: the scenario has one of its own.
 */
export function seedOf(
  name: string,
  given: number | undefined,
  draw = () => randomInt(1, 2 ** 31),
): number | undefined {
  return given ?? (name === random ? draw() : undefined)
}

/** Draws what breaks, where, when, for how long, and under how much load. The same seed and kinds draw the same. */
export function drawnScenario(seed: number, kinds: readonly FaultKind[]): Scenario {
  const draw = seededDraw(seed)
  const between = (low: number, high: number) => Math.round((low + draw.uniform() * (high - low)) * 1_000) / 1_000
  const kind = kinds[Math.floor(draw.uniform() * kinds.length)]
  const usual = kind === undefined ? undefined : builtInScenarios.get(kind)
  if (kind === undefined || usual === undefined) throw new Error("there is no kind of fault to draw from")
  const [{ fault } = { fault: undefined }] = usual.faults
  if (fault === undefined) throw new Error(`${kind} breaks nothing`)
  // Now and then it is the standby that breaks.
  const hit = draw.uniform() < 0.75 ? fault : { ...fault, ...("region" in fault && { region: "$standby" }) }
  return {
    name: random,
    summary: `Drawn with seed ${seed}: ${usual.summary}`,
    seed,
    load: {
      turnsPerSecond: between(20, 80),
      turnsPerConversation: between(2, 6),
      thinkTime: between(0.1, 1),
      streamed: between(0.2, 0.8),
      answerTokens: Math.round(between(2, 16)),
    },
    warmUp: between(1, 3),
    faults: [{ fault: hit, after: between(0, 1), healAfter: between(2, 6) }],
    coolDown: between(2, 4),
  }
}
