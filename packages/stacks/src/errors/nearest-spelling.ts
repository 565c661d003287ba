import { distance } from "fastest-levenshtein"

/** The candidate that somebody most likely meant, or nothing when none is near enough to be worth a guess. */
export function nearestSpelling(written: string, candidates: readonly string[]): string | undefined {
  const plain = withoutStyle(written)
  const [best] = candidates
    .map(candidate => ({ candidate, away: edits(plain, withoutStyle(candidate)) }))
    .filter(({ candidate, away }) => away <= tolerance(Math.max(plain.length, candidate.length)))
    .sort((a, b) => a.away - b.away)
  return best?.candidate
}

/** The same text, spelled so that a pattern takes it: `East_1` as `east-1`, `3 s` as `3s`. */
export function respelled(written: string, pattern: RegExp): string | undefined {
  const trials = [
    written.trim(),
    written.toLowerCase(),
    written.replaceAll(/\s/g, ""),
    written.toLowerCase().replaceAll(/[\s_.]+/g, "-"),
  ]
  return trials.find(trial => pattern.test(trial))
}

/** Two letters that changed places are one slip. */
function edits(a: string, b: string): number {
  const away = distance(a, b)
  return away === 2 && sorted(a) === sorted(b) ? 1 : away
}

function sorted(word: string): string {
  return [...word].sort().join("")
}

/** Edits that still read as a slip. A word of two letters is rarely a slip of another. */
function tolerance(length: number): number {
  if (length <= 2) return 0
  return Math.max(1, Math.floor(length / 3))
}

/** `maxOutputTokens`, `max_output_tokens` and `max-output-tokens` are one word. */
function withoutStyle(word: string): string {
  return word.replaceAll(/[\s_-]/g, "").toLowerCase()
}
