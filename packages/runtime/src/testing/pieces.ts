/** Cuts a text into pieces of 1 to 20 bytes, as the numbers say; every network does. */
export function pieces(text: string, cuts: Iterator<number>): Buffer[] {
  const bytes = Buffer.from(text, "latin1")
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + ((cuts.next().value as number) % 20)
    parts.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  return parts
}
