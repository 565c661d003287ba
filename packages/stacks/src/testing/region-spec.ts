import type { ReplicaSettings } from "@chatops/runtime/contract"
import type { RegionSpec } from "../targets/local/agent/spec.ts"

export interface RegionChoice {
  readonly region?: string
  readonly directory?: string
  readonly socket?: string
  readonly replicas?: readonly string[]
}

/** A region as a deploy would ask for it, with ports that mean nothing. */
export function regionSpec({
  region = "east",
  directory = "/d",
  socket = "/s",
  replicas = [],
}: RegionChoice = {}): RegionSpec {
  return {
    kind: "region",
    directory,
    socket,
    programs: "1",
    bundles: { agent: "1" },
    region,
    links: [],
    witness: { url: "http://127.0.0.1:1", tokenFile: "/t" },
    database: {
      port: 1,
      name: "chatops",
      maxConnections: 40,
      passwords: { superuser: "/p", owner: "/p", runtime: "/p", replicator: "/p" },
      peers: [],
    },
    simulator: null,
    replicas: replicas.map(replica => replicaSettings(region, replica)),
    secretVersions: {},
    policy: { durability: "async", onLoss: "degrade", lease: 2_000 },
  }
}

const host = "127.0.0.1"

function replicaSettings(region: string, replica: string): ReplicaSettings {
  return {
    app: "bot",
    environment: "local",
    region,
    replica,
    release: "r-1",
    arm: "default",
    listen: { host, port: 1 },
    chat: {
      model: "simulated",
      parameters: {},
      upstreams: [{ name: "simulator", baseURL: `http://${host}:1/v1` }],
      deadlines: { connect: 1_000, firstToken: 1_000, betweenTokens: 1_000 },
    },
    database: {
      hosts: [{ region, host, port: 1 }],
      name: "chatops",
      user: "runtime",
      passwordFile: "/p",
      maxStaleness: 1_000,
      connections: 10,
    },
    bodyLimit: 65_536,
    heartbeat: 15_000,
    resumeGrace: 30_000,
    peers: [],
    drain: 1_000,
    logLevel: "info",
  }
}
