import { type Dispatcher, Pool } from "undici"
import type { Deadlines, Upstream } from "../contract/index.ts"
import { Exchange } from "./exchange.ts"

/** The connections to one upstream, and its key, which nothing else gets to see. */
export interface UpstreamConnection {
  readonly name: string
  /** Sends a chat-completions body, already JSON. Failures show when the exchange is read. */
  send(body: string, signal: AbortSignal): Exchange
  /** The text without the key, should a server have echoed it. */
  redact(text: string): string
  close(): Promise<void>
}

/** Throws when the key could not be sent in a header; the message does not contain it. */
export function connectUpstream(upstream: Upstream, key: string | undefined, deadlines: Deadlines): UpstreamConnection {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new Error(`The key of upstream ${upstream.name} is empty or contains characters that no key has.`)
  }
  const url = new URL(upstream.baseURL)
  const request: Dispatcher.DispatchOptions = {
    method: "POST",
    path: `${url.pathname.replace(/\/+$/, "")}/chat/completions${url.search}`,
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream, application/json",
      "accept-encoding": "identity",
      "user-agent": "chatops",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  }
  const pool = new Pool(url.origin, {
    // A streamed answer occupies a connection; over HTTP/2 one lost connection would break all of them.
    allowH2: false,
    connect: { timeout: deadlines.connect },
    // Ours are measured from event to event.
    headersTimeout: 0,
    bodyTimeout: 0,
  })

  return {
    name: upstream.name,
    send(body, signal) {
      const exchange = new Exchange(deadlines, signal)
      if (!signal.aborted) pool.dispatch({ ...request, body }, exchange)
      return exchange
    },
    redact: text => (key === undefined ? text : text.replaceAll(key, "[key]")),
    close: () => pool.close(),
  }
}
