import { describe, expect, it } from "vitest"
import { accessRules, serverConfiguration } from "./server-configuration.ts"

describe("access rules", () => {
  it("refuse runtimes by name while the database is closed", () => {
    expect(accessRules("chatops", "closed")).toContain("host chatops runtime 127.0.0.1/32 reject")
  })

  it("let runtimes in by password once it is open, and nobody without one", () => {
    const rules = accessRules("chatops", "open").trim().split("\n")
    expect(rules).toContain("host chatops runtime 127.0.0.1/32 scram-sha-256")
    expect(rules.every(rule => rule.endsWith("scram-sha-256"))).toBe(true)
  })

  it("keep the superuser off the network", () => {
    const network = accessRules("chatops", "open")
      .split("\n")
      .filter(rule => rule.startsWith("host"))
    expect(network.join("\n")).not.toMatch(/superuser|owner| all /)
  })
})

describe("server configuration", () => {
  const database = {
    port: 5_555,
    name: "chatops",
    maxConnections: 50,
    passwords: { superuser: "", owner: "", runtime: "", replicator: "" },
    peers: [],
  }

  it("names an upstream on a standby only", () => {
    expect(serverConfiguration(database, "/run/x")).not.toContain("primary_conninfo")
    const upstream = { host: "127.0.0.1", port: 1, applicationName: "west_i1", slot: "region_west", passFile: "/p" }
    expect(serverConfiguration(database, "/run/x", { upstream })).toMatch(
      /primary_conninfo = 'host=127.0.0.1 .*application_name=west_i1/,
    )
  })

  it("quotes what it is given", () => {
    expect(serverConfiguration(database, "/run/o'brien")).toContain("unix_socket_directories = '/run/o''brien'")
  })
})
