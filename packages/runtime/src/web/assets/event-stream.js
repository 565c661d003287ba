// @ts-check
import { RequestFailed } from "./request-failed.js"

/**
 * Reads the data of server-sent events, one string an event. Comments keep the connection alive and are not shown.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {number} silence longest time without a byte, in milliseconds, before the connection counts as lost
 * @returns {AsyncGenerator<string, void, void>}
 */
export async function* eventData(body, silence) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ""
  /** @type {string[]} */
  let data = []
  try {
    for (;;) {
      const { done, value } = await within(silence, reader.read())
      if (done) return
      rest += decoder.decode(value, { stream: true })
      // A carriage return at the end may be half of a line break.
      const complete = rest.endsWith("\r") ? rest.slice(0, -1) : rest
      const lines = complete.split(/\r\n|\n|\r/)
      rest = (lines.pop() ?? "") + rest.slice(complete.length)
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5))
        if (line !== "" || data.length === 0) continue
        yield data.join("\n")
        data = []
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new RequestFailed({ kind: "connection" })), milliseconds)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
