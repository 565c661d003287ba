import { isObject } from "./is-object.ts"

/**
 * Reads the text out of chunks that differ from one before in nothing but their text, without parsing them.
 *
 * Nearly all chunks of an answer are such, and parsing JSON is the largest cost of a streamed event. What stands
 * before and after the text is learned from a parsed chunk and proven by parsing it once more around another text;
 * a chunk with the same surroundings, and a text without quotes, backslashes and control characters between them,
 * can only mean the same with that text. Every other chunk is for `JSON.parse`.
 */
export class DeltaTemplate {
  #before = ""
  #after = ""
  /** Chunks come in a kind that does not repeat when lessons stay without use. */
  #lessons = 0

  /** The text of a chunk that fits, else undefined. */
  read(data: string): string | undefined {
    const start = this.#before.length
    const end = data.length - this.#after.length
    if (start === 0 || end < start) return undefined
    // Slices compare faster than `startsWith` and `endsWith` do.
    if (data.slice(0, start) !== this.#before || data.slice(end) !== this.#after) return undefined
    const text = data.slice(start, end)
    if (needsParsing.test(text)) return undefined
    this.#lessons = 0
    return text
  }

  /** Learns from a chunk that says nothing but `text`. */
  learn(data: string, text: string): void {
    if (this.#lessons === mostLessons || needsParsing.test(text)) return
    this.#lessons += 1
    const at = data.indexOf(`"${text}"`, data.indexOf('"content"') + '"content"'.length) + 1
    if (at === 0) return
    const before = data.slice(0, at)
    const after = data.slice(at + text.length)
    if (contentOf(before + probe + after) !== probe) return
    this.#before = before
    this.#after = after
  }
}

const mostLessons = 4
/** A text that no model says and that stands nowhere else in the chunk by chance. */
const probe = "probe 5b1c9e"
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings, so a chunk with one is no JSON.
const needsParsing = /["\\\u0000-\u001f]/

function contentOf(data: string): unknown {
  const chunk = parseJSON(data)
  const choices = isObject(chunk) ? chunk["choices"] : undefined
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
  const delta = isObject(choice) ? choice["delta"] : undefined
  return isObject(delta) ? delta["content"] : undefined
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What looked like the text was something else, a key perhaps.
    return undefined
  }
}
