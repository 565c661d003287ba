/**
 * The same bytes, cut only between server-sent events: an event is held back until its blank line has arrived. So at
 * any time a comment or an error event can be put in, and a stream that breaks off leaves no half event behind.
 */
export async function* wholeEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined
  for await (const chunk of body) {
    const bytes: Uint8Array = held === undefined ? chunk : Buffer.concat([held, chunk])
    const end = endOfLastEvent(bytes)
    if (end > 0) yield end === bytes.length ? bytes : bytes.subarray(0, end)
    held = end === bytes.length ? undefined : bytes.subarray(end)
  }
  if (held !== undefined) yield held
}

/** Index after the last blank line (LF LF, CRLF CRLF or CR CR); 0: there is none. */
export function endOfLastEvent(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at -= 1) {
    const byte = bytes[at]
    if (byte !== lineFeed && byte !== carriageReturn) continue
    const before = bytes[at - 1]
    if (before === byte) return at + 1
    if (byte === lineFeed && before === carriageReturn && bytes[at - 2] === lineFeed) return at + 1
  }
  return 0
}

const lineFeed = 10
const carriageReturn = 13
