/** The candidate that a slip of the finger would turn into `typed`; undefined when none is near enough to be worth a guess. */
export function nearestWord(typed: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map(candidate => ({ candidate, away: slips(typed.toLowerCase(), candidate) }))
    .filter(({ candidate, away }) => away <= Math.max(1, Math.floor(Math.max(typed.length, candidate.length) / 3)))
    .toSorted((a, b) => a.away - b.away)
  return best?.candidate
}

/** Letters added, left out, changed, or swapped with their neighbour (optimal string alignment distance). */
function slips(a: string, b: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= a.length; row++) {
    const next = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const ways = [at(next, column - 1) + 1, at(last, column) + 1, at(last, column - 1) + (same ? 0 : 1)]
      if (swapped) ways.push(at(beforeLast, column - 2) + 1)
      next.push(Math.min(...ways))
    }
    beforeLast = last
    last = next
  }
  return at(last, b.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
