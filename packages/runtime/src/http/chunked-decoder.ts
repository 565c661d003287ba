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
      const next = this.#line === "" ? this.#plainLine(bytes, at) : at
      if (next > at) {
        at = next
        continue
      }
      const lineEnd = bytes.indexOf(lineFeed, at)
      const end = lineEnd < 0 ? bytes.length : lineEnd + 1
      if (this.#line.length + end - at > lineLimit) return -1
      const line = this.#line + bytes.toString("latin1", at, end)
      at = end
      this.#line = line
      if (lineEnd < 0) break
      if (!this.#takeLine(line)) return -1
      this.#line = ""
    }
    return at
  }

  /** Reads what nearly all lines are, a size or nothing, here as a whole; returns `from` for every other line. */
  #plainLine(bytes: Buffer, from: number): number {
    if (this.#state !== "size" && this.#state !== "content-end") return from
    let at = from
    let size = 0
    for (let digit = hexDigit(bytes[at]); digit >= 0; digit = hexDigit(bytes[at])) {
      size = size * 16 + digit
      at += 1
    }
    if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) return from
    const digits = at - from
    if (this.#state === "content-end" ? digits > 0 : digits < 1 || digits > 8) return from
    if (this.#state === "content-end") this.#state = "size"
    else this.#begin(size)
    return at + 2
  }

  #begin(size: number): void {
    this.#left = size
    this.#state = size === 0 ? "trailer" : "content"
  }

  #takeLine(line: string): boolean {
    switch (this.#state) {
      case "size": {
        const size = sizeLine.exec(line)?.[1]
        if (size === undefined) return false
        this.#begin(Number.parseInt(size, 16))
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

const carriageReturn = 13
const lineFeed = 10

/** -1 for a byte that is none. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

type State = "size" | "content" | "content-end" | "trailer"

/** Bytes in one line of the coding, and in all trailers together. */
const lineLimit = 4_096
const sizeLine = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/
const trailerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n$/
