/** Header names that belong to one connection and are never forwarded (RFC 9110 section 7.6.1). */
export const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
])

/** Names that one message's `Connection` header adds to them. */
export const namedByConnection = (connection: string): ReadonlySet<string> =>
  connection === "" ? none : new Set(connection.split(",").map(name => name.trim()))

const none: ReadonlySet<string> = new Set()
