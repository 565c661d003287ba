/**
 * Index just after the last complete server-sent event in `bytes`, which begin at an event boundary; 0 when there is
 * none. An event ends with an empty line; lines end in LF, CRLF or CR (WHATWG HTML, section 9.2.6).
 */
export function lastEventEnd(bytes: Buffer): number {
  for (let end = bytes.length; end > 0; end--) {
    const last = bytes[end - 1]
    if (last !== lineFeed && last !== carriageReturn) continue
    const lineStart = last === lineFeed && bytes[end - 2] === carriageReturn ? end - 2 : end - 1
    const before = bytes[lineStart - 1]
    if (lineStart === 0 || before === lineFeed || before === carriageReturn) return end
  }
  return 0
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
