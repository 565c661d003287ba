import type { World } from "./world.ts"

/**
 * The worlds that were seen, told apart exactly and not by a hash. A move leaves most parts of a world as they were: each
 * part is kept once, so that one that did not change is known without being read, and a world is a tree of pairs of
 * its parts' numbers, most of which others have too (the tree compression of Blom, Lisser, van de Pol and Weber, "A
 * database approach to distributed state-space generation", 2011, section 3).
 */
export class SeenWorlds {
  readonly #numbers = new Map<unknown, number>()
  readonly #parts = new Map<string, unknown>()
  readonly #pairs = new Map<number, number>()
  readonly #worlds = new Set<number>()

  /** The same world, of the parts that are kept; undefined when it was seen before. */
  add(world: World): World | undefined {
    const numbers: number[] = []
    const keep = <Part>(part: Part): Part => {
      const kept = this.#keep(part)
      numbers.push(this.#numbers.get(kept) ?? 0)
      return kept
    }
    const keepEach = <Part>(parts: Readonly<Record<string, Part>>) => {
      const kept: Record<string, Part> = {}
      for (const region in parts) kept[region] = keep(parts[region] as Part)
      return kept
    }
    const kept = {
      ...world,
      supervisors: keepEach(world.supervisors),
      databases: keepEach(world.databases),
      register: keep(world.register),
      net: keep(world.net),
      budget: keep(world.budget),
      acknowledged: keep(world.acknowledged),
      leases: keep(world.leases),
    }
    keep([world.gone, world.backup, world.wrong])
    const number = this.#pairUp(numbers)
    if (this.#worlds.has(number)) return undefined
    this.#worlds.add(number)
    return kept
  }

  #keep<Part>(part: Part): Part {
    if (this.#numbers.has(part)) return part
    const text = JSON.stringify(part)
    const kept = this.#parts.get(text)
    if (kept !== undefined) return kept as Part
    this.#parts.set(text, part)
    this.#numbers.set(part, this.#numbers.size)
    return part
  }

  /** The number of these, in this order; those of a pair count on where those of other pairs end. */
  #pairUp(numbers: readonly number[]): number {
    let level = numbers
    while (level.length > 1) {
      const next: number[] = []
      for (let at = 0; at < level.length; at += 2) next.push(this.#pair(level[at] ?? 0, level[at + 1] ?? 0))
      level = next
    }
    return level[0] ?? 0
  }

  #pair(left: number, right: number): number {
    const key = left * mostNumbers + right
    const known = this.#pairs.get(key)
    if (known !== undefined) return known
    this.#pairs.set(key, this.#pairs.size)
    return this.#pairs.size - 1
  }
}

/** Two of these are exact as one number. */
const mostNumbers = 2 ** 26
