import { header } from "../../contract/index.ts"
import type { ResponseHead } from "../../http/response-head.ts"
import type { Addressee } from "../client/addressee.ts"
import type { Origin } from "../own-answer.ts"
import { hopByHop, namedByConnection } from "../wire/hop-by-hop.ts"
import type { AnswerFraming } from "./answer-writer.ts"

/** What the client's side decides about an answer's head. */
export interface ClientSide extends Addressee {
  readonly method: string
  readonly minor: 0 | 1
  readonly keepAlive: boolean
}

export interface AnswerHead {
  readonly text: string
  readonly framing: AnswerFraming
  readonly keepAlive: boolean
  /** An event stream that an error event can be added to. */
  readonly events: boolean
}

/** The head that a client gets for a replica's: hop-by-hop lines replaced, names of the origin added where missing. */
export function answerHead(head: ResponseHead, client: ClientSide, origin: Origin): AnswerHead {
  const dropped = namedByConnection(head.connection)
  let lines = ""
  let events = false
  let encoded = false
  let length: string | undefined
  let [hasRegion, hasRelease, hasId] = [false, false, false]
  const { fields } = head
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    const value = fields[at + 1] as string
    if (dropped.size > 0 && dropped.has(name)) continue
    switch (special.get(name)) {
      case undefined:
        break
      case "dropped":
        continue
      case "content-length":
        length = value
        continue
      case "content-type":
        events = value.toLowerCase().startsWith("text/event-stream")
        break
      case "content-encoding":
        encoded = value.toLowerCase() !== "identity"
        break
      case header.region:
        hasRegion = true
        break
      case header.release:
        hasRelease = true
        break
      case header.requestId:
        hasId = true
        break
      case header.idempotencyKey:
        if (client.idempotencyKey !== undefined) continue
    }
    lines += `${name}: ${value}\r\n`
  }
  if (!hasRegion) lines += `${header.region}: ${origin.region}\r\n`
  if (!hasRelease) lines += `${header.release}: ${origin.release}\r\n`
  if (!hasId) lines += `${header.requestId}: ${client.requestId}\r\n`
  if (client.idempotencyKey !== undefined) lines += `${header.idempotencyKey}: ${client.idempotencyKey}\r\n`

  const framing = framingOf(head, client)
  const keepAlive = client.keepAlive && framing !== "close"
  if (framing === "chunked") lines += "transfer-encoding: chunked\r\n"
  else if (length !== undefined && framing !== "close" && head.status !== 204) lines += `content-length: ${length}\r\n`
  return {
    text: `HTTP/1.1 ${head.status} ${head.reason}\r\n${lines}connection: ${keepAlive ? "keep-alive" : "close"}\r\n\r\n`,
    framing,
    keepAlive,
    events: events && !encoded && (framing === "chunked" || framing === "close"),
  }
}

const read = ["content-length", "content-type", "content-encoding", ...Object.values(header)] as const
/** What does not simply go on. One look-up for each line: most names are in neither. */
const special: ReadonlyMap<string, "dropped" | (typeof read)[number]> = new Map([
  ...[...hopByHop].map(name => [name, "dropped"] as const),
  ...read.map(name => [name, name] as const),
])

function framingOf(head: ResponseHead, client: ClientSide): AnswerFraming {
  if (client.method === "HEAD" || head.status === 204 || head.status === 304) return "none"
  if (typeof head.body === "number") return "length"
  return client.minor === 1 ? "chunked" : "close"
}
