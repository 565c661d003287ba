import type { World } from "./world.ts"

/**
 * The worlds that were seen, told apart exactly and not by a hash. A move leaves most parts of a world as they were: each
 * part is kept once, so that one that did not change is known without being read, and a world is a tree of pairs of
 * its parts' numbers, most of which others have too (the tree compression of Blom, Lisser, van de Pol and Weber, "A
 * database approach to distributed state-space generation", 2011). All worlds have the same regions.
 */
export class SeenWorlds {
  readonly #numbers = new Map<unknown, number>()
  readonly #parts = new Map<string, unknown>()
  readonly #pairs = new Map<number, number>()
  readonly #worlds = new Set<number>()

  /** The same world, of the parts that are kept; undefined when it was seen before. */
  add(world: World): World | undefined {
    const { supervisors, databases, register, net, budget, acknowledged, leases, ...others } = world
    const numbers: number[] = []
    const keep = <Part>(part: Part): Part => {
      const [kept, number] = this.#keep(part)
      numbers.push(number)
      return kept
    }
    const keepEach = <Part>(parts: Readonly<Record<string, Part>>) => {
      const kept: Record<string, Part> = {}
      for (const region in parts) kept[region] = keep(parts[region] as Part)
      return kept
    }
    const kept = {
      supervisors: keepEach(supervisors),
      databases: keepEach(databases),
      register: keep(register),
      net: keep(net),
      budget: keep(budget),
      acknowledged: keep(acknowledged),
      leases: keep(leases),
      ...keep(others),
    }
    const key = this.#keyOf(numbers)
    if (this.#worlds.has(key)) return undefined
    this.#worlds.add(key)
    return kept
  }

  #keep<Part>(part: Part): [Part, number] {
    const known = this.#numbers.get(part)
    if (known !== undefined) return [part, known]
    const text = JSON.stringify(part)
    const kept = this.#parts.get(text)
    if (kept !== undefined) return this.#keep(kept as Part)
    this.#parts.set(text, part)
    this.#numbers.set(part, this.#numbers.size)
    return this.#keep(part)
  }

  /** A tree of pairs, by its root. Its shape is always the same, so that a number always stands at the same level. */
  #keyOf(numbers: readonly number[]): number {
    let level = numbers
    while (level.length > 2) {
      const next: number[] = []
      for (let at = 0; at < level.length; at += 2) next.push(this.#numberOf(keyOfPair(level[at], level[at + 1])))
      level = next
    }
    return keyOfPair(level[0], level[1])
  }

  #numberOf(key: number): number {
    const known = this.#pairs.get(key)
    if (known !== undefined) return known
    this.#pairs.set(key, this.#pairs.size)
    return this.#pairs.size - 1
  }
}

/** Exact: tables have no room for more than 2 ** 24 numbers. */
const keyOfPair = (left = 0, right = 0): number => left * 2 ** 26 + right
