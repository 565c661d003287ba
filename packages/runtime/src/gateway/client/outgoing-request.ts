import { header } from "../../contract/index.ts"
import { hopByHop, namedByConnection } from "../wire/hop-by-hop.ts"
import type { RequestHead } from "../wire/request-head.ts"
import { type Addressee, requestIdOr, withKey } from "./addressee.ts"
import { type Forwarded, forwardedFor, type Peer } from "./forwarded.ts"
import type { TrustedProxies } from "./trusted-proxies.ts"

/** A request as a replica gets it: the same bytes for every attempt, so that every attempt carries the same key. */
export interface OutgoingRequest extends Addressee {
  readonly method: string
  /** For logs: without query. */
  readonly path: string
  /** Dropped when nothing can be sent again any more. */
  bytes: readonly Buffer[]
  /** The address that `ip-hash` goes by. */
  readonly client: string
  /** May be sent again although a replica may have worked on it. */
  readonly repeatable: boolean
  /** What the client can take. */
  readonly minor: 0 | 1
  readonly keepAlive: boolean
}

export interface OutgoingContext {
  readonly peer: Peer
  readonly proxies: TrustedProxies
  /** A new UUID each time. */
  readonly newId: () => string
}

export function outgoingRequest(head: RequestHead, body: Buffer, context: OutgoingContext): OutgoingRequest {
  const dropped = namedByConnection(head.connection)
  let lines = ""
  let requestId: string | undefined
  let ownKey: string | undefined
  let xForwardedFor: string | undefined
  let xForwardedProto: string | undefined
  let xForwardedHost: string | undefined
  const { fields } = head
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    const value = fields[at + 1] as string
    switch (special.get(name)) {
      case undefined:
        break
      case "dropped":
        continue
      case "x-forwarded-for":
        xForwardedFor = xForwardedFor === undefined ? value : `${xForwardedFor}, ${value}`
        continue
      case "x-forwarded-proto":
        xForwardedProto = value
        continue
      case "x-forwarded-host":
        xForwardedHost = value
        continue
      case header.requestId:
        requestId ??= value
        continue
      case header.idempotencyKey:
        if (value === "") continue
        ownKey = withKey(ownKey, value)
        break
    }
    if (dropped.size > 0 && dropped.has(name) && name !== header.idempotencyKey) continue
    lines += `${name}: ${value}\r\n`
  }

  const origin = forwardedFor(
    context.peer,
    { for: xForwardedFor, proto: xForwardedProto, host: xForwardedHost },
    head.host,
    context.proxies,
  )
  const id = requestIdOr(requestId, context.newId)
  const key = head.method === "POST" ? (ownKey ?? context.newId()) : undefined
  const text =
    `${head.method} ${head.target} HTTP/1.1\r\nhost: ${head.host}\r\n${lines}${forwardedLines(origin)}` +
    `${header.requestId}: ${id}\r\n` +
    (key !== undefined && ownKey === undefined ? `${header.idempotencyKey}: ${key}\r\n` : "") +
    (body.length > 0 || hasBodyByMeaning.has(head.method) ? `content-length: ${body.length}\r\n\r\n` : "\r\n")
  const query = head.target.indexOf("?")
  return {
    method: head.method,
    path: query < 0 ? head.target : head.target.slice(0, query),
    bytes: joined(text, body),
    requestId: id,
    idempotencyKey: key,
    client: origin.client,
    repeatable: head.method === "POST" || idempotent.has(head.method),
    minor: head.minor,
    keepAlive: head.keepAlive,
  }
}

/** Small bodies ride in the head's buffer: one write. Large ones are not copied. */
function joined(text: string, body: Buffer): readonly Buffer[] {
  if (body.length > copyLimit) return [Buffer.from(text, "latin1"), body]
  const bytes = Buffer.allocUnsafe(text.length + body.length)
  bytes.write(text, 0, "latin1")
  body.copy(bytes, text.length)
  return [bytes]
}

const forwardedLines = (origin: Forwarded) =>
  `x-forwarded-for: ${origin.for}\r\nx-forwarded-proto: ${origin.proto}\r\nx-forwarded-host: ${origin.host}\r\n`

const copyLimit = 32_768
/** Written anew, or settled here. `forwarded` and `x-real-ip` would contradict what is written. */
const rewritten = ["host", "content-length", "expect", "forwarded", "x-real-ip"]
const read = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  header.requestId,
  header.idempotencyKey,
] as const
/** What does not go on as it came. One look-up for each line: most names are in none of these. */
const special: ReadonlyMap<string, "dropped" | (typeof read)[number]> = new Map([
  ...[...rewritten, ...hopByHop].map(name => [name, "dropped"] as const),
  ...read.map(name => [name, name] as const),
])
/** RFC 9110 section 9.2.2. */
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"])
const hasBodyByMeaning: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"])
