import type { Chat, ReplicaSettings } from "@chatops/runtime/contract"
import type { Environment } from "../../environment.ts"
import { usualLease } from "../../failover/lease.ts"
import { SecretStore } from "../../state/secret-store.ts"
import type { EntrySpec, RegionSpec, WitnessSpec } from "./agent/spec.ts"
import type { Ports } from "./allocation.ts"
import { gatewayControlSocket, partPaths, passwordFile } from "./layout.ts"
import { partPrograms } from "./part-programs.ts"

const host = "127.0.0.1"
const databaseName = "chatops"
/** Connections kept free for supervisors, migrations and replication. */
const spareConnections = 20
const connectionsPerReplica = 5

/** Specs of all parts, from the configuration and the allocated ports alone: nothing here looks at what runs. */
export class PartSpecs {
  readonly #environment: Environment
  readonly #ports: Ports
  readonly #secretVersions: Readonly<Record<string, string>>

  constructor(environment: Environment, ports: Ports, secretVersions: Readonly<Record<string, string>>) {
    this.#environment = environment
    this.#ports = ports
    this.#secretVersions = secretVersions
  }

  /** Where there is one region only nobody else could acknowledge anything, and it needs no witness to go on. */
  get #lease(): number | null {
    return this.#regions.length > 1 ? usualLease : null
  }

  witness(): WitnessSpec {
    const { config, directories } = this.#environment
    return {
      kind: "witness",
      ...partPaths(directories, { kind: "witness" }),
      ...partPrograms("witness"),
      port: this.#port("witness"),
      tokenFile: passwordFile(directories, "witness"),
      initial: {
        epoch: 1,
        primary: config.primary,
        incarnation: null,
        inSync: null,
        durability: config.durability,
        onLoss: config.onStandbyLoss,
        lease: this.#lease,
        claim: "in-sync",
        version: 1,
        nonce: "initial",
      },
    }
  }

  region(region: string): RegionSpec {
    const { config, directories } = this.#environment
    const others = this.#regions.filter(other => other !== region)
    const password = (name: "superuser" | "owner" | "runtime" | "replicator") => passwordFile(directories, name)
    return {
      kind: "region",
      ...partPaths(directories, { kind: "region", region }),
      ...partPrograms("region"),
      region,
      links: [
        { name: "witness", listen: this.#port(`${region}/link/witness`), to: { host, port: this.#port("witness") } },
        ...others.flatMap(other => [
          {
            name: `${other}/database`,
            listen: this.#port(`${region}/link/${other}`),
            to: { host, port: this.#port(`${other}/database`) },
          },
          ...this.#replicaNames.map(replica => ({
            name: `${other}/${replica}`,
            listen: this.#port(`${region}/link/${other}/${replica}`),
            to: { host, port: this.#port(`${other}/${replica}`) },
          })),
        ]),
      ],
      witness: {
        url: `http://${host}:${this.#port(`${region}/link/witness`)}`,
        tokenFile: passwordFile(directories, "witness"),
      },
      database: {
        port: this.#port(`${region}/database`),
        name: databaseName,
        maxConnections: roundUp(
          this.#regions.length * config.runtime.replicas * (connectionsPerReplica + 2) + spareConnections,
        ),
        passwords: {
          superuser: password("superuser"),
          owner: password("owner"),
          runtime: password("runtime"),
          replicator: password("replicator"),
        },
        peers: others.map(other => ({ region: other, host, port: this.#port(`${region}/link/${other}`) })),
      },
      simulator: this.#simulator(region),
      replicas: this.#replicaNames.map(replica => this.#replica(region, replica)),
      secretVersions: this.#secretVersions,
      policy: { durability: config.durability, onLoss: config.onStandbyLoss, lease: this.#lease },
    }
  }

  entry(): EntrySpec {
    const { app, config, directories, release } = this.#environment
    const backends = this.#regions.flatMap(region =>
      this.#replicaNames.map(replica => ({
        id: `${region}/${replica}`,
        region,
        release,
        host,
        port: this.#port(`${region}/${replica}`),
        weight: 1,
      })),
    )
    return {
      kind: "entry",
      ...partPaths(directories, { kind: "entry" }),
      ...partPrograms("entry"),
      gateway: {
        app: app.app,
        environment: config.name,
        listen: { host: config.entry.host, port: this.#port("entry") },
        control: gatewayControlSocket(directories),
        algorithm: config.balancing,
        regions: Object.fromEntries(config.regions.map(({ name, weight }) => [name, { weight }])),
        releases: { [release]: { weight: 1 } },
        backends,
        trustedProxies: [...config.entry.trustedProxies],
        bodyLimit: config.runtime.bodyLimit,
        health: { interval: 1_000, timeout: 800, failures: 2, ejection: 1_000 },
        attempts: 6,
        responseTimeout: 900_000,
        connectTimeout: 1_000,
        drain: Math.max(1, config.runtime.drain),
        logLevel: "info",
      },
      watch: config.failover === "automatic" ? this.#watch() : null,
      notify: config.notify.length > 0 ? this.#notify() : null,
    }
  }

  #notify(): EntrySpec["notify"] {
    const { app, config, directories } = this.#environment
    const secrets = new SecretStore(directories.state)
    return {
      app: app.app,
      environment: config.name,
      state: directories.state,
      run: directories.run,
      regions: [...this.#regions],
      receivers: config.notify.map(({ url, secret }) => ({ url, secretFile: secrets.file(secret.secret) })),
    }
  }

  /** The witness and the supervisors as they are: the entry is in no region. */
  #watch(): EntrySpec["watch"] {
    const { directories } = this.#environment
    const socket = (region: string) => partPaths(directories, { kind: "region", region }).socket
    return {
      regions: this.#regions.map(region => ({ region, socket: socket(region) })),
      witness: { url: `http://${host}:${this.#port("witness")}`, tokenFile: passwordFile(directories, "witness") },
    }
  }

  get #regions(): readonly string[] {
    return this.#environment.config.regions.map(region => region.name)
  }

  get #replicaNames(): readonly string[] {
    return replicaNames(this.#environment.config.runtime.replicas)
  }

  #replica(region: string, replica: string): ReplicaSettings {
    const { app, config, directories, release } = this.#environment
    const hosts = [region, ...this.#regions.filter(other => other !== region)].map(other => ({
      region: other,
      host,
      port: this.#port(other === region ? `${region}/database` : `${region}/link/${other}`),
    }))
    return {
      app: app.app,
      environment: config.name,
      region,
      replica,
      release,
      arm: "default",
      listen: { host, port: this.#port(`${region}/${replica}`) },
      chat: this.#chat(region),
      database: {
        hosts,
        name: databaseName,
        user: "runtime",
        passwordFile: passwordFile(directories, "runtime"),
        connections: connectionsPerReplica,
        maxStaleness: 1_000,
      },
      bodyLimit: config.runtime.bodyLimit,
      heartbeat: 15_000,
      resumeGrace: 30_000,
      peers: this.#peers(region, replica),
      drain: Math.max(1, config.runtime.drain),
      logLevel: "info",
    }
  }

  /** All replicas but one, those of other regions through the region's links. */
  #peers(region: string, replica: string): ReplicaSettings["peers"] {
    return this.#regions.flatMap(other =>
      this.#replicaNames
        .filter(name => other !== region || name !== replica)
        .map(name => ({
          region: other,
          replica: name,
          host,
          port: this.#port(other === region ? `${region}/${name}` : `${region}/link/${other}/${name}`),
        })),
    )
  }

  #chat(region: string): Chat {
    const { chat } = this.#environment.app
    const secrets = new SecretStore(this.#environment.directories.state)
    const { temperature, topP, maxOutputTokens } = chat.parameters
    return {
      model: chat.model,
      ...(chat.prompt && { prompt: chat.prompt.text }),
      parameters: {
        ...(temperature !== undefined && { temperature }),
        ...(topP !== undefined && { top_p: topP }),
        ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
      },
      upstreams: chat.upstreams.map(upstream =>
        upstream.simulator === undefined
          ? {
              name: upstream.name,
              baseURL: upstream.baseURL,
              ...(upstream.apiKey && { apiKeyFile: secrets.file(upstream.apiKey.secret) }),
            }
          : { name: upstream.name, baseURL: `http://${host}:${this.#port(`${region}/simulator`)}/v1` },
      ),
      deadlines: { ...chat.deadlines },
    }
  }

  /** One simulated model in each region: the model is a regional dependency like the database. */
  #simulator(region: string): RegionSpec["simulator"] {
    const simulated = this.#environment.app.chat.upstreams.find(upstream => upstream.simulator !== undefined)
    if (!simulated?.simulator) return null
    const { firstTokenDelay, tokensPerSecond, errorRate, answerTokens } = simulated.simulator
    return {
      listen: { host, port: this.#port(`${region}/simulator`) },
      behaviour: { firstTokenDelay, tokensPerSecond, errorRate, answerTokens, seed: 1 },
    }
  }

  #port(name: string): number {
    const port = this.#ports[name]
    if (port === undefined) throw new Error(`no port was allocated for ${name}`)
    return port
  }
}

/** A change of it restarts the database; one replica more or less should not. */
const roundUp = (connections: number): number => Math.ceil(connections / 200) * 200

export const replicaNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `r${index + 1}`)
