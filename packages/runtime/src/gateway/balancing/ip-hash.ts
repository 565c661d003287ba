import type { Balancer, Candidate } from "./balancer.ts"

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by Schindelhauer and Schomaker 2005): a client
 * belongs to the candidate with the highest score for it, so that only the clients of a candidate that leaves move,
 * and they spread over the others by weight.
 */
export class IpHash implements Balancer {
  readonly #seeds = new Map<string, number>()

  pick<T extends Candidate>(candidates: readonly T[], client: string): T | undefined {
    const seed = hashText(client)
    let chosen: T | undefined
    let highest = Number.NEGATIVE_INFINITY
    for (const candidate of candidates) {
      const uniform = (mix(seed ^ this.#seedOf(candidate.id)) + 0.5) / 2 ** 32
      const score = candidate.weight / -Math.log(uniform)
      if (score > highest) {
        highest = score
        chosen = candidate
      }
    }
    return chosen
  }

  #seedOf(id: string): number {
    const known = this.#seeds.get(id)
    if (known !== undefined) return known
    if (this.#seeds.size > 10_000) this.#seeds.clear()
    const seed = mix(hashText(id) ^ 0x9e3779b9)
    this.#seeds.set(id, seed)
    return seed
  }
}

/** FNV-1a, 32 bit. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

/** Finalizer of MurmurHash3: every bit of the input changes half of the output's. Unsigned. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
