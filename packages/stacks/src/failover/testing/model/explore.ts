import { diskMoves } from "./disk-moves.ts"
import { optionalMoves } from "./fault-moves.ts"
import { broken, deadEnd } from "./invariants.ts"
import { postgresMoves } from "./postgres-moves.ts"
import { supervisorMoves, witnessMoves } from "./supervisor-moves.ts"
import type { Move, World } from "./world.ts"

export interface Exploration {
  readonly states: number
  /** Everything that can be reached was. */
  readonly complete: boolean
  readonly violation?: { readonly what: string; readonly trace: readonly string[] }
}

/** Breadth first, so that the first violation found is one of the shortest. `limit`: of states. */
export function explore(initial: World, limit: number): Exploration {
  const seen = new Set<number>([hash(initial)])
  const parents: number[] = [-1]
  const labels: string[] = ["begin"]
  let frontier: [World, number][] = [[initial, 0]]
  const trace = (at: number): string[] => (at <= 0 ? [] : [...trace(parents[at] ?? 0), labels[at] ?? ""])
  while (frontier.length > 0) {
    const next: [World, number][] = []
    for (const [world, at] of frontier) {
      const moves = movesOf(world)
      const end = deadEnd(world, moves)
      if (end !== undefined)
        return { states: parents.length, complete: false, violation: { what: end, trace: trace(at) } }
      for (const { label, to } of moves) {
        const key = hash(to)
        if (seen.has(key)) continue
        const number = parents.length
        seen.add(key)
        parents.push(at)
        labels.push(label)
        const what = broken(to)
        if (what !== undefined)
          return { states: parents.length, complete: false, violation: { what, trace: trace(number) } }
        next.push([to, number])
      }
      if (parents.length >= limit) return { states: parents.length, complete: false }
    }
    frontier = next
  }
  return { states: parents.length, complete: true }
}

export const movesOf = (world: World): Move[] => [
  ...supervisorMoves(world),
  ...witnessMoves(world),
  ...postgresMoves(world),
  ...optionalMoves(world),
  ...diskMoves(world),
]

/** 53 bits of a world's text (cyrb53): among ten million worlds, two share one with a probability of 0.6 %. */
function hash(world: World): number {
  const text = JSON.stringify(world)
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}
