import { readFile } from "node:fs/promises"
import type { Socket } from "node:net"

/** A TCP connection over IPv4 as this side sees it. */
export interface ConnectionEnds {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

/** Readings of the kernel's table: it is read in pieces, and a row can slip through while others come and go. */
const readings = 3

/**
 * User id of the process at the other end of a connection within this machine, from the kernel's table of sockets
 * (proc(5), /proc/net/tcp). Undefined when it is not known: the other end was closed already, or there is no table.
 */
export async function ownerOfOtherEnd(socket: Socket): Promise<number | undefined> {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (!remoteAddress || !remotePort || !localAddress || !localPort) return undefined
  const ends = { remoteAddress, remotePort, localAddress, localPort }
  for (let reading = 0; reading < readings; reading++) {
    for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
      const owner = ownerIn(await readFile(table, "utf8").catch(() => ""), ends)
      if (owner !== undefined) return owner
    }
  }
  return undefined
}

/**
 * Looks for the other end's row, in which our remote end is the local one. Only an open socket counts: one that was
 * closed after its request was sent belongs to nobody any more, and the kernel shows it as root's (uid 0, inode 0).
 */
export function ownerIn(table: string, ends: ConnectionEnds): number | undefined {
  const [theirs, ours] = [endOf(ends.remoteAddress, ends.remotePort), endOf(ends.localAddress, ends.localPort)]
  for (const row of table.split("\n")) {
    const [, local = "", remote = "", state, , , , uid, , inode] = row.trim().split(/\s+/)
    const isTheirs = local.replace(mapped, "") === theirs && remote.replace(mapped, "") === ours
    if (isTheirs && state === established && inode !== "0") return Number(uid)
  }
  return undefined
}

const established = "01"
/** An IPv4 address as a socket of IPv6 has it: `::ffff:127.0.0.1`. */
const mapped = /^0{16}FFFF0{4}/

/** `0100007F:1F90` for 127.0.0.1 and 8080: the kernel writes addresses as the machine's numbers, least byte first. */
function endOf(address: string, port: number): string {
  const bytes = address.split(".").map(Number).toReversed()
  return `${bytes.map(byte => hex(byte, 2)).join("")}:${hex(port, 4)}`
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0")
