import type { Balancer, Candidate } from "./balancer.ts"

/**
 * Weighted round-robin after Tijdeman ("The chairman assignment problem", 1980): a candidate is eligible when it is
 * owed enough, and of the eligible the one with the nearest deadline is taken. After any number of picks from the same
 * candidates each has had its exact share, less or more than one request. The usual "smooth" algorithm of nginx, which
 * takes whoever is owed most, breaks that bound for uneven weights.
 */
export class RoundRobin implements Balancer {
  /** Requests that each candidate is owed, in requests; below 0 when it is ahead. */
  readonly #owed = new Map<string, number>()
  #fingerprint = ""

  pick<T extends Candidate>(candidates: readonly T[]): T | undefined {
    const [first] = candidates
    if (first === undefined || candidates.length === 1) return first
    this.#forgetIfChanged(candidates)

    let total = 0
    for (const candidate of candidates) total += candidate.weight
    const threshold = 1 / (2 * candidates.length - 2)
    let chosen: T | undefined
    let nearest = Number.POSITIVE_INFINITY
    for (const candidate of candidates) {
      const share = candidate.weight / total
      const owed = (this.#owed.get(candidate.id) ?? 0) + share
      this.#owed.set(candidate.id, owed)
      if (owed < threshold - rounding) continue
      const deadline = (1 - threshold - owed) / share
      if (deadline < nearest - rounding) {
        nearest = deadline
        chosen = candidate
      }
    }
    chosen ??= first
    this.#owed.set(chosen.id, (this.#owed.get(chosen.id) ?? 0) - 1)
    return chosen
  }

  /** What is owed only means something among the same candidates with the same weights. */
  #forgetIfChanged(candidates: readonly Candidate[]): void {
    let fingerprint = ""
    for (const { id, weight } of candidates) fingerprint += `${id}=${weight};`
    if (fingerprint === this.#fingerprint) return
    this.#fingerprint = fingerprint
    this.#owed.clear()
  }
}

/** Sums of shares such as 1/3 are off by less than this for more requests than a process lives to see. */
const rounding = 1e-9
