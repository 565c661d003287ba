import { diskMoves } from "./disk-moves.ts"
import { optionalMoves } from "./fault-moves.ts"
import { broken, deadEnd } from "./invariants.ts"
import { postgresMoves } from "./postgres-moves.ts"
import { SeenWorlds } from "./seen-worlds.ts"
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
  const seen = new SeenWorlds()
  seen.add(initial)
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
        const fresh = seen.add(to)
        if (fresh === undefined) continue
        const number = parents.length
        parents.push(at)
        labels.push(label)
        const what = broken(fresh)
        if (what !== undefined)
          return { states: parents.length, complete: false, violation: { what, trace: trace(number) } }
        next.push([fresh, number])
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
