import { expect, it } from "vitest"
import { type ConnectionEnds, ownerIn } from "./connection-owner.ts"

const ends: ConnectionEnds = {
  remoteAddress: "127.0.0.1",
  remotePort: 0xb5aa,
  localAddress: "127.0.0.1",
  localPort: 0x1f90,
}
const header =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                     "
const row = (local: string, remote: string, state: string, uid: number, inode: number) =>
  `   4: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 00000000d4b63ae7 20 4 30 10 -1`
const [theirs, ours] = ["0100007F:B5AA", "0100007F:1F90"]
const mapped = "0000000000000000FFFF0000"

it.each([
  ["the other end", [row(theirs, ours, "01", 1000, 7)], 1000],
  ["the other end as a socket of IPv6", [row(`${mapped}${theirs}`, `${mapped}${ours}`, "01", 1000, 7)], 1000],
  ["not our own end, nor one in the queue that counts as root's", [row(ours, theirs, "01", 0, 0)], undefined],
  ["not a socket that was closed, which counts as root's", [row(theirs, ours, "05", 0, 0)], undefined],
  ["not one that belongs to nobody any more", [row(theirs, ours, "01", 0, 0)], undefined],
  ["not the past of the same ports", [row(theirs, ours, "06", 0, 0), row(theirs, ours, "01", 1000, 7)], 1000],
  ["not the same port of another address", [row("0200007F:B5AA", ours, "01", 1000, 7)], undefined],
  ["not the same port to elsewhere", [row(theirs, "0100007F:1F91", "01", 1000, 7)], undefined],
  ["nobody in an empty table", [], undefined],
])("finds %s", (_what, rows, owner) => {
  expect(ownerIn([header, ...rows, ""].join("\n"), ends)).toBe(owner)
})
