import { isObject } from "./is-object.ts"
import type { Usage } from "./model.ts"
import { ServerSentEventParser } from "./sse-parser.ts"
import { readUsage } from "./usage.ts"

/** What the end of a forwarded answer tells. */
export interface AnswerTail {
  readonly usage: Usage | undefined
  /** Whether the answer says itself that it is whole, or that it failed: then the client knows too. */
  readonly conclusive: boolean
}

/** Keeps the last bytes of an answer, by reference, until its end is read. */
export class TailKeeper {
  readonly #size: number
  #chunks: Uint8Array[] = []
  #length = 0

  /** `size` in bytes: what is kept is at least that, or everything. */
  constructor(size: number) {
    this.#size = size
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    for (let first = this.#chunks[0]; first && this.#length - first.length >= this.#size; first = this.#chunks[0]) {
      this.#chunks.shift()
      this.#length -= first.length
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks, this.#length)
  }
}

/** Reads the last events of a stream. The first of `bytes` may lie in the middle of an event, which is passed over. */
export function readStreamTail(bytes: Uint8Array): AnswerTail {
  let usage: Usage | undefined
  let conclusive = false
  const parser = new ServerSentEventParser((data, event) => {
    if (data === "[DONE]" || event === "error") conclusive = true
    const chunk = parseJSON(data)
    if (!isObject(chunk)) return
    usage = readUsage(chunk["usage"]) ?? usage
    conclusive ||= Boolean(chunk["error"]) || finishes(chunk["choices"])
  })
  parser.push(bytes)
  return { usage, conclusive }
}

/** Reads an answer that is one JSON document; a document that was cut off at its start has no usage. */
export function readDocumentTail(bytes: Buffer): AnswerTail {
  const document = parseJSON(bytes.toString("utf8"))
  return { usage: isObject(document) ? readUsage(document["usage"]) : undefined, conclusive: true }
}

function finishes(choices: unknown): boolean {
  return Array.isArray(choices) && choices.some(choice => isObject(choice) && Boolean(choice["finish_reason"]))
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
