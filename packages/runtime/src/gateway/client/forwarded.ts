import { canonicalAddress, familyOf, type TrustedProxies } from "./trusted-proxies.ts"

/** What a replica is told about where a request came from, and the address that `ip-hash` goes by. */
export interface Forwarded {
  readonly client: string
  readonly for: string
  readonly proto: "http" | "https"
  readonly host: string
}

/** The other end of a client's connection. */
export interface Peer {
  readonly address: string
  readonly trusted: boolean
}

/** `X-Forwarded-*` of a request as it came; undefined what it does not have. Several lines are joined by commas. */
export interface ForwardedFields {
  readonly for: string | undefined
  readonly proto: string | undefined
  readonly host: string | undefined
}

/**
 * Nothing that an untrusted peer claims is passed on. Behind trusted proxies the client is the first address, from
 * the right, that is not itself trusted; entries further left were written by whoever that is, and stay for the record.
 */
export function forwardedFor(peer: Peer, fields: ForwardedFields, host: string, proxies: TrustedProxies): Forwarded {
  if (!peer.trusted) return { client: peer.address, for: peer.address, proto: "http", host }
  const chain = fields.for === undefined ? [] : fields.for.split(",").map(entry => entry.trim())
  return {
    client: clientOf(chain, peer, proxies),
    for: [...chain.filter(entry => entry !== ""), peer.address].join(", "),
    proto: fields.proto?.split(",").at(-1)?.trim().toLowerCase() === "https" ? "https" : "http",
    host: fields.host?.split(",").at(-1)?.trim() || host,
  }
}

function clientOf(chain: readonly string[], peer: Peer, proxies: TrustedProxies): string {
  let client = peer.address
  for (const entry of chain.toReversed()) {
    const address = canonicalAddress(withoutPort(entry))
    // Something that is no address (`unknown`, a name) ends what can be believed.
    if (familyOf(address) === undefined) return client
    client = address
    if (!proxies.trusts(address)) return client
  }
  return client
}

/** Some proxies write `192.0.2.1:1234` or `[2001:db8::1]:1234`. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1]
  return bracketed ?? (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(entry) ? entry.slice(0, entry.indexOf(":")) : entry)
}
