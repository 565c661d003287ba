import type { OpenAI } from "openai"
import { beforeAll, beforeEach } from "vitest"
import type { ReplicaSettings } from "../contract/index.ts"
import { type Postgres, startPostgres } from "./postgres.ts"
import { type ScriptedUpstream, startScriptedUpstream } from "./scripted-upstream.ts"
import { createMigratedDatabase, type MigratedDatabase } from "./test-database.ts"
import { startTestReplica, type TestReplica } from "./test-replica.ts"

/** What the tests of one file share: one server and database for all, a replica and an upstream for each. */
export interface ReplicaContext {
  readonly postgres: Postgres
  readonly database: MigratedDatabase
  readonly upstream: ScriptedUpstream
  readonly replica: TestReplica
  /** Key of tenant `acme`. */
  readonly key: string
  readonly client: OpenAI
  /** Sends JSON with `acme`'s key. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

export function useReplica(settings: Partial<ReplicaSettings> = {}): ReplicaContext {
  const context = {} as { -readonly [Name in keyof ReplicaContext]: ReplicaContext[Name] }

  beforeAll(async () => {
    context.postgres = await startPostgres()
    context.database = await createMigratedDatabase(context.postgres)
    context.key = await context.database.createKey("acme")
    return () => context.postgres[Symbol.asyncDispose]()
  })

  beforeEach(async () => {
    const upstream = await startScriptedUpstream()
    const replica = await startTestReplica(context.database, { upstream: upstream.baseURL, settings })
    Object.assign(context, { upstream, replica, client: replica.client(context.key) })
    return async () => {
      await replica[Symbol.asyncDispose]()
      await upstream.close()
    }
  })

  context.send = (method, path, body, headers = {}) =>
    fetch(`${context.replica.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${context.key}`, "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    })
  return context
}
