import { expect, it } from "vitest"
import { findFreePort, isFree } from "./free-port.ts"

const signal = new AbortController().signal

it("gives up when every port is taken", async () => {
  const all = new Set(Array.from({ length: 65_536 }, (_, port) => port))
  await expect(findFreePort(all, signal)).rejects.toMatchObject({ code: "PORT_TAKEN" })
})

it("ends when it is told to", async () => {
  await expect(findFreePort(new Set(), AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough")
})

it("does not take what the system refuses for a taken port", async () => {
  // TEST-NET-1 of RFC 5737: no address of any machine.
  await expect(isFree(0, "192.0.2.1")).rejects.toMatchObject({ code: "EADDRNOTAVAIL" })
})
