import type { ClientError, ClientErrorCode, ClientErrorType } from "../../contract/index.ts"

/** An error of the gateway's own, before it is on the wire. */
export interface ErrorAnswer {
  readonly status: number
  readonly type: ClientErrorType
  readonly code: ClientErrorCode | null
  readonly message: string
  /** More header lines, `[name, value, …]`. */
  readonly fields?: readonly string[]
}

/** The whole answer as bytes: head, and a JSON body as OpenAI's clients expect it. `bodyless` for HEAD. */
export function encodeErrorAnswer(error: ErrorAnswer, options: { close: boolean; bodyless?: boolean }): Buffer {
  const detail: ClientError = { message: error.message, type: error.type, param: null, code: error.code }
  const body = JSON.stringify({ error: detail })
  let head = `HTTP/1.1 ${error.status} ${reasons[error.status] ?? "Error"}\r\n`
  head += "content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n"
  head += `date: ${new Date().toUTCString()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  const fields = error.fields ?? []
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`
  head += options.close ? "connection: close\r\n\r\n" : "connection: keep-alive\r\n\r\n"
  // Header lines are latin1, so that a client's own values go back as they came.
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(options.bodyless === true ? "" : body)])
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
}
