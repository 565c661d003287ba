import { lengthPattern, parseFields, tokenClass } from "../../http/fields.ts"
import { normalizeTarget } from "./request-target.ts"

/** A request's head, checked so that every later reader of it must see the same message. */
export interface RequestHead {
  readonly method: string
  /** Origin form (`/path?query`), or `*`. */
  readonly target: string
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1
  /** `[name, value, …]`, names in lower case. */
  readonly fields: readonly string[]
  readonly host: string
  /** Length of the body in bytes, or `chunked`. */
  readonly body: number | "chunked"
  readonly keepAlive: boolean
  readonly expectsContinue: boolean
  /** Names that `Connection` declares to be hop by hop, in lower case, separated by commas; usually empty. */
  readonly connection: string
}

export interface HeadFault {
  readonly status: 400 | 405 | 417 | 431 | 501 | 505
  readonly reason: string
}

/**
 * Parses a request's head, the empty line included. Whatever could be read in two ways is a fault:
 * `Content-Length` twice or beside `Transfer-Encoding`, any coding other than exactly `chunked`,
 * a missing or doubled `Host`, lines that are not exactly as RFC 9112 spells them.
 */
export function parseRequestHead(text: string): RequestHead | HeadFault {
  const lineEnd = text.indexOf("\r\n")
  const line = requestLine.exec(text.slice(0, lineEnd))
  if (line === null) return faultOfRequestLine(text.slice(0, lineEnd))
  const fields = parseFields(text.slice(lineEnd + 2, text.length - 2))
  if (fields === null) return { status: 400, reason: "A header line is malformed." }
  if (fields.length > 2 * fieldLimit) return { status: 431, reason: `More than ${fieldLimit} header lines.` }

  const method = line[1] as string
  const minor = line[3] === "1" ? 1 : 0
  let host: string | undefined
  let length: string | undefined
  let coding: string | undefined
  let expect: string | undefined
  let connection = ""
  for (let at = 0; at < fields.length; at += 2) {
    const value = fields[at + 1] as string
    switch (fields[at]) {
      case "host":
        if (host !== undefined) return { status: 400, reason: "More than one Host header." }
        host = value
        break
      case "content-length":
        if (length !== undefined) return { status: 400, reason: "More than one Content-Length header." }
        length = value
        break
      case "transfer-encoding":
        if (coding !== undefined) return { status: 400, reason: "More than one Transfer-Encoding header." }
        coding = value
        break
      case "expect":
        expect = value.toLowerCase()
        break
      case "connection":
        connection = connection === "" ? value.toLowerCase() : `${connection},${value.toLowerCase()}`
    }
  }

  if (method === "CONNECT") return { status: 405, reason: "CONNECT is not supported." }
  if (host === undefined && minor === 1) return { status: 400, reason: "The Host header is missing." }
  const target = normalizeTarget(method, line[2] as string, host ?? "")
  if (target === null) return { status: 400, reason: "The request target or the Host header is malformed." }
  if (coding !== undefined) {
    if (minor === 0) return { status: 400, reason: "HTTP/1.0 has no Transfer-Encoding." }
    if (length !== undefined) return { status: 400, reason: "Both Content-Length and Transfer-Encoding." }
    if (coding.toLowerCase() !== "chunked") return { status: 501, reason: "The only transfer coding is chunked." }
  }
  if (length !== undefined && !lengthPattern.test(length))
    return { status: 400, reason: "Content-Length is no number." }
  if (expect !== undefined && expect !== "100-continue") return { status: 417, reason: "Unknown expectation." }

  return {
    method,
    target: target.target,
    minor,
    fields,
    host: target.host,
    body: coding !== undefined ? "chunked" : length === undefined ? 0 : Number(length),
    keepAlive: minor === 1 && (connection === "" || connection === "keep-alive" || !names(connection, "close")),
    expectsContinue: expect !== undefined && minor === 1,
    connection: connection === "keep-alive" || connection === "close" ? "" : connection,
  }
}

export const isHeadFault = (head: RequestHead | HeadFault): head is HeadFault => "status" in head

const fieldLimit = 100
const requestLine = new RegExp(`^([${tokenClass}]+) ([\\x21-\\x7e]+) HTTP/1\\.([01])$`)
const anyVersion = /HTTP\/\d\.\d$/

const names = (connection: string, token: string) => connection.split(",").some(part => part.trim() === token)

const faultOfRequestLine = (line: string): HeadFault =>
  anyVersion.test(line) && !/HTTP\/1\.[01]$/.test(line)
    ? { status: 505, reason: "Only HTTP/1.0 and HTTP/1.1 are spoken here." }
    : { status: 400, reason: "The request line is malformed." }
