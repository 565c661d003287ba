import type { AddressInfo } from "node:net"
import { OpenAI } from "openai"
import { type Logger, pino } from "pino"
import { ReplicaSettings } from "../contract/index.ts"
import { createApp, type Patience } from "../server/app.ts"
import { type Built, createServices } from "../server/create-services.ts"
import { listen, type Served } from "../server/listen.ts"
import type { MigratedDatabase } from "./test-database.ts"

/** A replica in this process, on a port of its own, with real parts behind it. */
export interface TestReplica extends Built, Served {
  readonly url: string
  /** What it logged, one object a line. */
  readonly logged: readonly Record<string, unknown>[]
  /** Settles when it logs such a line, or has. */
  logs(matches: (line: Record<string, unknown>) => boolean): Promise<void>
  client(key: string): OpenAI
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestReplicaOptions {
  readonly upstream: string
  readonly settings?: Partial<ReplicaSettings>
  readonly patience?: Patience
  /** Default: a free one. */
  readonly port?: number
}

export async function startTestReplica(
  database: MigratedDatabase,
  { upstream, settings, patience, port = 0 }: TestReplicaOptions,
): Promise<TestReplica> {
  const logged: Record<string, unknown>[] = []
  const listeners = new Set<() => void>()
  const write = (line: string) => {
    logged.push(JSON.parse(line))
    for (const listener of listeners) listener()
  }
  const built = createServices(replicaSettings(database, upstream, settings), {
    password: database.runtime.password,
    log: pino({ level: "debug" }, { write }) as Logger,
  })
  const app = createApp(built.services, patience)
  const served = await listen(app, { host: "127.0.0.1", port }, built.services)
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return {
    ...built,
    ...served,
    url,
    logged,
    logs: matches =>
      new Promise(resolve => {
        const look = () => {
          if (!logged.some(matches)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    client: key => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }),
    async [Symbol.asyncDispose]() {
      await served.drain(0)
      await built.close()
    },
  }
}

export function replicaSettings(
  database: MigratedDatabase,
  upstream: string,
  settings: Partial<ReplicaSettings> = {},
): ReplicaSettings {
  return ReplicaSettings.parse({
    app: "support-bot",
    environment: "test",
    region: "east",
    replica: "r1",
    release: "rel_0123456789ab",
    listen: { host: "127.0.0.1", port: 1 },
    chat: { model: "test-model", prompt: "Be kind.", upstreams: [{ name: "scripted", baseURL: upstream }] },
    database: {
      hosts: [{ region: "east", host: database.host, port: database.port }],
      name: database.database,
      user: database.runtime.user,
      passwordFile: "unused",
    },
    ...settings,
  })
}
