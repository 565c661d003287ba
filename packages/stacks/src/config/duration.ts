import * as z from "zod"

const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** A length of time as people write it (`500ms`, `3s`, `2m`, `1h`), parsed to whole milliseconds. */
export function duration({ min, max }: { readonly min: Duration; readonly max: Duration }) {
  const error = `a duration from ${min} to ${max}, such as 500ms or 3s`
  return z
    .string({ error })
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, { error, abort: true })
    .refine(text => toMilliseconds(text) >= toMilliseconds(min) && toMilliseconds(text) <= toMilliseconds(max), {
      error,
    })
    .transform(toMilliseconds)
}

type Duration = `${number}${keyof typeof milliseconds}`

function toMilliseconds(text: string): number {
  const unit = text.replace(/^[\d.]+/, "") as keyof typeof milliseconds
  return Math.round(Number.parseFloat(text) * milliseconds[unit])
}
