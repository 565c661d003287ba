import type { Balancer, Candidate } from "./balancer.ts"

/**
 * Takes the candidate with the fewest unfinished requests per weight. Among equals it takes turns by weight, so that
 * an idle system does not send everything to the first: start-time fair queueing (Goyal, Vin and Cheng 1996), in which
 * a candidate that was away is not owed what the others had meanwhile.
 */
export class LeastConnections implements Balancer {
  /** When each candidate's next turn is, in turns per weight. */
  readonly #turns = new Map<string, number>()
  /** The turn that was taken last. */
  #now = 0

  pick<T extends Candidate>(candidates: readonly T[]): T | undefined {
    let chosen: T | undefined
    let least = Number.POSITIVE_INFINITY
    let earliest = 0
    for (const candidate of candidates) {
      const full = fullness(candidate)
      if (full > least) continue
      const turn = Math.max(this.#turns.get(candidate.id) ?? 0, this.#now)
      if (full === least && turn >= earliest) continue
      chosen = candidate
      least = full
      earliest = turn
    }
    if (chosen === undefined) return undefined
    this.#now = earliest
    if (this.#turns.size > forgetAbove) this.#turns.clear()
    this.#turns.set(chosen.id, earliest + 1 / chosen.weight)
    return chosen
  }
}

/** Unfinished requests per unit of weight. */
const fullness = (candidate: Candidate) => candidate.active / candidate.weight

/** Backends come and go under new names; what is forgotten is only whose turn it is. */
const forgetAbove = 10_000
