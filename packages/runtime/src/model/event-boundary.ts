/**
 * Watches a stream of server-sent events go by as bytes, and knows whether they end between two events,
 * where a comment may be put in. Understands LF, CRLF and CR in any chunking.
 */
export interface EventBoundary {
  /** Takes note of bytes that were sent. Looks at their end only. */
  push(chunk: Uint8Array): void
  /**
   * True before the first byte and after each blank line. A CR at the end counts, since a comment between it and
   * a late LF does no harm: the LF then ends one more empty line.
   */
  readonly endsAtEventBoundary: boolean
}

export function createEventBoundary(): EventBoundary {
  /** Line ends that close the bytes so far: two make a blank line. The start of the stream counts as two. */
  let lineEnds = 2
  let last = 0
  return {
    push(chunk) {
      const from = startOfLineEnds(chunk)
      if (from > 0) {
        lineEnds = 0
        last = 0
      }
      for (let at = from; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0
        const endsCarriageReturn = byte === lineFeed && last === carriageReturn
        if (!endsCarriageReturn && lineEnds < 2) lineEnds += 1
        last = byte
      }
    },
    get endsAtEventBoundary() {
      return lineEnds === 2
    },
  }
}

const lineFeed = 10
const carriageReturn = 13

/** Index after the last byte that is no line end; more than four line ends say nothing new. */
function startOfLineEnds(chunk: Uint8Array): number {
  const earliest = Math.max(0, chunk.length - 4)
  for (let at = chunk.length; at > earliest; at -= 1) {
    const byte = chunk[at - 1]
    if (byte !== lineFeed && byte !== carriageReturn) return at
  }
  return earliest
}
