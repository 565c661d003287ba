/**
 * Splits a block of header lines, each ended by CRLF, into a flat list `[name, value, name, value, …]`
 * with names in lower case and values without surrounding whitespace.
 * Returns null when any line is not exactly `token ":" value CRLF`: obs-fold, a bare CR or LF, a space before the
 * colon and control characters are refused, because two parsers that repair them differently can be played off
 * against each other (RFC 9112 section 5, request smuggling).
 */
export function parseFields(block: string): string[] | null {
  if (!wellFormed.test(block)) return null
  const fields: string[] = []
  let at = 0
  while (at < block.length) {
    const colon = block.indexOf(":", at)
    const end = block.indexOf("\r\n", colon)
    fields.push(block.slice(at, colon).toLowerCase(), withoutPadding(block, colon + 1, end))
    at = end + 2
  }
  return fields
}

/** RFC 9110 `token`, as the inside of a character class. */
export const tokenClass = "!#$%&'*+\\-.^_`|~0-9A-Za-z"

/** A `Content-Length`; 15 digits stay below 2^53. */
export const lengthPattern = /^\d{1,15}$/

/** One regular expression over the whole block is several times cheaper than a loop over its characters. */
const wellFormed = new RegExp(`^(?:[${tokenClass}]+:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n)*$`)

function withoutPadding(text: string, start: number, end: number): string {
  while (start < end && isPadding(text.charCodeAt(start))) start++
  while (end > start && isPadding(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isPadding = (code: number) => code === 0x20 || code === 0x09
