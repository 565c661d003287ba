import net from "node:net"

/** The peers whose `X-Forwarded-*` headers are believed. */
export interface TrustedProxies {
  trusts(address: string): boolean
}

/** From addresses and CIDR ranges; throws `RangeError` naming an entry that is neither. */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new net.BlockList()
  for (const entry of entries) add(list, entry)
  return {
    trusts(address) {
      const family = familyOf(address)
      return entries.length > 0 && family !== undefined && list.check(address, family)
    },
  }
}

/** IPv4 addresses that a dual-stack socket spells `::ffff:192.0.2.1` become plain; a zone (`%eth0`) goes. */
export function canonicalAddress(address: string): string {
  const mapped = address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address
  const zone = mapped.indexOf("%")
  return zone < 0 ? mapped : mapped.slice(0, zone)
}

export function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = net.isIP(address)
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined
}

function add(list: net.BlockList, entry: string): void {
  const [address = "", prefix, ...more] = entry.split("/")
  const family = familyOf(address)
  const longest = family === "ipv4" ? 32 : 128
  const length = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (family === undefined || more.length > 0 || length < 0 || length > longest) {
    throw new RangeError(`trustedProxies: "${entry}" is neither an address nor a CIDR range`)
  }
  list.addSubnet(address, length, family)
}
