import type { IncomingMessage } from "node:http"

/** A request that is answered with an error in OpenAI's shape. */
export class RequestError extends Error {
  override readonly name = "RequestError"
  readonly status: number
  readonly code: string | null
  readonly param: string | null

  constructor(status: number, message: string, code: string | null, param: string | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.param = param
  }
}

/** Bytes that a body may have. */
const bodyLimit = 8 * 1_048_576

/** Throws `RequestError` when the body is too large or not JSON. */
export async function readJSON(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > bodyLimit) throw new RequestError(413, `The body is larger than ${bodyLimit} bytes.`, "body_too_large")
  }
  try {
    return JSON.parse(Buffer.concat(parts, length).toString("utf8"))
  } catch {
    throw new RequestError(400, "The body is not JSON.", "invalid_json")
  }
}
