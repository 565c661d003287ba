import * as z from "zod"

/** Both bounds belong to the range. One text says all that is expected, whichever part of it was missed. */
export function wholeNumber({ min, max }: Range) {
  const error = `a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

export function decimal({ min, max }: Range) {
  const error = `a number from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

interface Range {
  readonly min: number
  readonly max: number
}
