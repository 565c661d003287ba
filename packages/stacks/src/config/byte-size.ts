import * as z from "zod"

const bytes = { B: 1, KB: 1_000, MB: 1_000 ** 2, GB: 1_000 ** 3, KiB: 1_024, MiB: 1_024 ** 2, GiB: 1_024 ** 3 } as const

/** An amount of memory as people write it (`512KiB`, `1MiB`, `2MB`), parsed to whole bytes. */
export function byteSize({ min, max }: { readonly min: ByteSize; readonly max: ByteSize }) {
  const error = `a size from ${min} to ${max}, such as 512KiB or 1MiB`
  return z
    .string({ error })
    .regex(/^\d+(\.\d+)?([KMG]i?)?B$/, { error, abort: true })
    .refine(text => toBytes(text) >= toBytes(min) && toBytes(text) <= toBytes(max), { error })
    .transform(toBytes)
}

type ByteSize = `${number}${keyof typeof bytes}`

function toBytes(text: string): number {
  const unit = text.replace(/^[\d.]+/, "") as keyof typeof bytes
  return Math.round(Number.parseFloat(text) * bytes[unit])
}
