/**
 * Index of the first byte after the empty line that ends a message's head, or one of `headEnd`.
 * `malformed`: a line ended by a bare LF, which no further byte can repair.
 */
export function findHeadEnd(bytes: Buffer, limit: number): number {
  const at = bytes.indexOf(emptyLine)
  if (at >= 0) return at + 4 <= limit ? at + 4 : headEnd.tooLarge
  if (hasBareLineFeed(bytes)) return headEnd.malformed
  return bytes.length > limit ? headEnd.tooLarge : headEnd.incomplete
}

/** Negative answers of `findHeadEnd`; a number instead of an object because it is asked for every message. */
export const headEnd = { incomplete: -1, malformed: -2, tooLarge: -3 } as const

/** Largest head, request or answer, in bytes: Node's own default. */
export const headLimit = 16_384

const emptyLine = Buffer.from("\r\n\r\n")

function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (at === 0 || bytes[at - 1] !== 0x0d) return true
  }
  return false
}
