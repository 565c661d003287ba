/** In milliseconds. */
export interface RetryPolicy {
  /** After the first failure; twice as long after each further one, */
  readonly first: number
  /** up to this. */
  readonly longest: number
  /** A message that was tried for longer is given up: its attempts and the pauses between them. */
  readonly giveUpAfter: number
  /** An attempt that takes longer has failed. */
  readonly attempt: number
}

/** Over a day, in about thirty attempts. The specification asks for 15 to 30 seconds an attempt, and for hours. */
export const usualRetries: RetryPolicy = {
  first: 5_000,
  longest: 3_600_000,
  giveUpAfter: 86_400_000,
  attempt: 15_000,
}

/** Milliseconds until the next attempt, a fifth more or less, so that receivers that come back are not met all at once. */
export function pauseAfter(attempts: number, { first, longest }: RetryPolicy, random: number): number {
  const pause = Math.min(longest, first * 2 ** Math.min(30, attempts - 1))
  return Math.round(pause * (0.8 + 0.4 * random))
}

/** In milliseconds; no pause is longer. */
export const longestPause = ({ longest }: RetryPolicy): number => longest * 1.2
