/**
 * Takes the chunked coding off a body that arrives in arbitrary pieces. Chunk extensions and trailers are dropped.
 * Strict where leniency has been used for smuggling: sizes are 1 to 8 hexadecimal digits, lines end in CRLF only.
 */
export class ChunkedDecoder {
  /** The last chunk and the trailers have been read. */
  done = false
  #state: State = "size"
  #line = ""
  #left = 0
  #trailers = 0

  /**
   * Reads from `from` on and hands every run of content to `take(start, end)`.
   * Returns the index of the first byte that is not part of the body, or -1 when the coding is broken.
   */
  read(bytes: Buffer, from: number, take: (start: number, end: number) => void): number {
    let at = from
    while (at < bytes.length && !this.done) {
      if (this.#state === "content") {
        const end = Math.min(bytes.length, at + this.#left)
        take(at, end)
        this.#left -= end - at
        at = end
        if (this.#left === 0) this.#state = "content-end"
        continue
      }
      const lineFeed = bytes.indexOf(0x0a, at)
      const end = lineFeed < 0 ? bytes.length : lineFeed + 1
      if (this.#line.length + end - at > lineLimit) return -1
      const line = this.#line + bytes.toString("latin1", at, end)
      at = end
      this.#line = line
      if (lineFeed < 0) break
      if (!this.#takeLine(line)) return -1
      this.#line = ""
    }
    return at
  }

  #takeLine(line: string): boolean {
    switch (this.#state) {
      case "size": {
        const size = sizeLine.exec(line)?.[1]
        if (size === undefined) return false
        this.#left = Number.parseInt(size, 16)
        this.#state = this.#left === 0 ? "trailer" : "content"
        return true
      }
      case "content-end":
        this.#state = "size"
        return line === "\r\n"
      case "trailer":
        if (line === "\r\n") {
          this.done = true
          return true
        }
        this.#trailers += line.length
        return this.#trailers <= lineLimit && trailerLine.test(line)
      default:
        return false
    }
  }
}

type State = "size" | "content" | "content-end" | "trailer"

/** Bytes in one line of the coding, and in all trailers together. */
const lineLimit = 4_096
const sizeLine = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/
const trailerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n$/
