import { type Draw, seededDraw } from "../../../drill/draw.ts"

/**
 * Draws of one run, a stream of them for each purpose: without one fault everything else is drawn as before, so that a run
 * that is being shrunk stays the run that failed.
 */
export class Draws {
  readonly #seed: number
  readonly #streams = new Map<string, Draw>()

  constructor(seed: number) {
    this.#seed = seed
  }

  of(purpose: string): Draw {
    const known = this.#streams.get(purpose)
    if (known !== undefined) return known
    const stream = seededDraw(mixed(this.#seed, purpose))
    this.#streams.set(purpose, stream)
    return stream
  }
}

/** A seed of 32 bits from another one and a name (FNV-1a). */
function mixed(seed: number, name: string): number {
  let hash = (2166136261 ^ seed) >>> 0
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619) >>> 0
  return Math.imul(hash ^ (hash >>> 15), 2246822507) >>> 0
}

export const between = (draw: Draw, low: number, high: number): number => low + (high - low) * draw.uniform()

/** So that each order of magnitude is as likely as another. */
export const magnitude = (draw: Draw, low: number, high: number): number => low * (high / low) ** draw.uniform()

export function oneOf<T>(draw: Draw, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(draw.uniform() * choices.length)] ?? choices[0]
}

export const happens = (draw: Draw, probability: number): boolean => draw.uniform() < probability
