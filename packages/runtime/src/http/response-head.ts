import { lengthPattern, parseFields } from "./fields.ts"

/** Head of an answer. */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** `[name, value, …]`, names in lower case. */
  readonly fields: readonly string[]
  /** Length in bytes, `chunked`, or `until-close`. */
  readonly body: number | "chunked" | "until-close"
  /** The connection may carry another request afterwards. */
  readonly reusable: boolean
  /** How long the server keeps an idle connection, in milliseconds, when it says so. */
  readonly idle: number | undefined
  /** Names that `Connection` declares to be hop by hop, in lower case, separated by commas. */
  readonly connection: string
}

/**
 * Parses the head of an answer to `method`, the empty line included; null when it is malformed or its length is
 * ambiguous. HEAD, 1xx, 204 and 304 have no body whatever their headers say.
 */
export function parseResponseHead(text: string, method: string): ResponseHead | null {
  const lineEnd = text.indexOf("\r\n")
  const line = statusLine.exec(text.slice(0, lineEnd))
  if (line === null) return null
  const fields = parseFields(text.slice(lineEnd + 2, text.length - 2))
  if (fields === null) return null
  const status = Number(line[2])
  let length: string | undefined
  let coding: string | undefined
  let connection = ""
  let idle: number | undefined
  for (let at = 0; at < fields.length; at += 2) {
    const value = fields[at + 1] as string
    switch (fields[at]) {
      case "content-length":
        if (length !== undefined || !lengthPattern.test(value)) return null
        length = value
        break
      case "transfer-encoding":
        if (coding !== undefined || value.toLowerCase() !== "chunked") return null
        coding = value
        break
      case "connection":
        connection = connection === "" ? value.toLowerCase() : `${connection},${value.toLowerCase()}`
        break
      case "keep-alive":
        idle = idleOf(value)
    }
  }
  if (length !== undefined && coding !== undefined) return null
  const bodyless = method === "HEAD" || status < 200 || status === 204 || status === 304
  const body = bodyless ? 0 : coding !== undefined ? "chunked" : length === undefined ? "until-close" : Number(length)
  return {
    status,
    reason: line[3] ?? "",
    fields,
    body,
    reusable: line[1] === "1" && body !== "until-close" && !connection.includes("close"),
    idle,
    connection: connection === "keep-alive" || connection === "close" ? "" : connection,
  }
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/

function idleOf(value: string): number | undefined {
  const seconds = /timeout=(\d{1,6})/.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}
