import { describe, expect, it } from "vitest"
import { forwardedFor } from "./forwarded.ts"
import { canonicalAddress, trustedProxies } from "./trusted-proxies.ts"

const proxies = trustedProxies(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])
const forward = (address: string, xForwardedFor?: string, more: { proto?: string; host?: string } = {}) =>
  forwardedFor(
    { address, trusted: proxies.trusts(address) },
    { for: xForwardedFor, proto: more.proto, host: more.host },
    "bot.example",
    proxies,
  )

describe("the client's address", () => {
  it.each([
    ["198.51.100.9", undefined, "198.51.100.9"],
    ["198.51.100.9", "1.1.1.1", "198.51.100.9"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["10.0.0.1", "203.0.113.5", "203.0.113.5"],
    ["10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"],
    ["10.0.0.1", "1.1.1.1, 203.0.113.5, 10.2.3.4", "203.0.113.5"],
    ["192.0.2.7", "203.0.113.5,192.0.2.7 , 10.2.3.4", "203.0.113.5"],
    ["10.0.0.1", "10.9.9.9, 10.2.3.4", "10.9.9.9"],
    ["10.0.0.1", "203.0.113.5, unknown", "10.0.0.1"],
    ["10.0.0.1", "203.0.113.5, unknown, 10.2.3.4", "10.2.3.4"],
    ["10.0.0.1", "203.0.113.5:4711", "203.0.113.5"],
    ["10.0.0.1", "[2001:db9::5]:4711", "2001:db9::5"],
    ["10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"],
    ["2001:db8::1", "2001:db9::5", "2001:db9::5"],
    ["10.0.0.1", "", "10.0.0.1"],
  ])("from peer %s with X-Forwarded-For %s is %s", (peer, chain, client) => {
    expect(forward(peer, chain).client).toBe(client)
  })
})

describe("what replicas are told", () => {
  it("says nothing that an untrusted peer claims", () => {
    expect(forward("198.51.100.9", "1.1.1.1", { proto: "https", host: "evil.example" })).toEqual({
      client: "198.51.100.9",
      for: "198.51.100.9",
      proto: "http",
      host: "bot.example",
    })
  })

  it("appends a trusted peer and keeps what it says", () => {
    expect(forward("10.0.0.1", "203.0.113.5", { proto: "https", host: "chat.example" })).toMatchObject({
      for: "203.0.113.5, 10.0.0.1",
      proto: "https",
      host: "chat.example",
    })
  })
})

describe("trusted proxies", () => {
  it.each(["10.0.0.0/33", "10.0.0.0/", "ten", "10.0.0.0/8/8", "::/129"])("refuse %s by name", entry => {
    expect(() => trustedProxies([entry])).toThrow(entry)
  })

  it("know an IPv4 address that a dual-stack socket spells as IPv6", () => {
    expect(canonicalAddress("::ffff:10.0.0.1")).toBe("10.0.0.1")
    expect(canonicalAddress("fe80::1%eth0")).toBe("fe80::1")
  })
})
