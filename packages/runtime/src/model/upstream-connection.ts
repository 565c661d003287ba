import type { Deadlines, Upstream } from "../contract/index.ts"
import { ConnectionPool } from "../http/connection-pool.ts"
import { Exchange } from "./exchange.ts"

/** The connections to one upstream, and its key, which nothing else gets to see. */
export interface UpstreamConnection {
  readonly name: string
  /** Sends a chat-completions body, already JSON. Failures show when the exchange is read. */
  send(body: string, signal: AbortSignal): Exchange
  /** The text without the key, should a server have echoed it. */
  redact(text: string): string
  close(): void
}

/** Throws when the key could not be sent in a header; the message does not contain it. */
export function connectUpstream(upstream: Upstream, key: string | undefined, deadlines: Deadlines): UpstreamConnection {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new Error(`The key of upstream ${upstream.name} is empty or contains characters that no key has.`)
  }
  const url = new URL(upstream.baseURL)
  const head = requestHead(url, key)
  const pool = new ConnectionPool(addressOf(url))
  const sweeper = setInterval(() => pool.sweep(performance.now()), 1_000).unref()

  return {
    name: upstream.name,
    send(body, signal) {
      const exchange = new Exchange(deadlines, signal)
      if (!signal.aborted) {
        exchange.begin(pool.take(deadlines.connect), Buffer.from(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`))
      }
      return exchange
    },
    redact: text => (key === undefined ? text : text.replaceAll(key, "[key]")),
    close() {
      clearInterval(sweeper)
      pool.close()
    },
  }
}

/** Up to the length of the body. A URL holds nothing that could end a line. */
function requestHead({ host, pathname, search }: URL, key: string | undefined): string {
  const fields = {
    host,
    "content-type": "application/json",
    accept: "text/event-stream, application/json",
    "accept-encoding": "identity",
    "user-agent": "chatops",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${pathname.replace(/\/+$/, "")}/chat/completions${search} HTTP/1.1\r\n${lines.join("")}content-length: `
}

function addressOf({ protocol, hostname, port }: URL) {
  const secure = protocol === "https:"
  // Brackets are the URL's way to write an IPv6 address.
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? (secure ? 443 : 80) : Number(port), secure }
}
