import { startPostgres } from "../../../packages/runtime/src/testing/postgres.ts"
import { startReplicaProcess } from "../../../packages/runtime/src/testing/replica-process.ts"
import { createMigratedDatabase } from "../../../packages/runtime/src/testing/test-database.ts"
import { replicaSettings } from "../../../packages/runtime/src/testing/test-replica.ts"
import { model } from "./load.ts"
import { pidOf, type Started } from "./server.ts"

/** A replica as deployed, with a key to use it; it keeps its turns in a PostgreSQL of its own. */
export async function startOurs(upstreamURL: string): Promise<Started & { readonly key: string }> {
  await using resources = new AsyncDisposableStack()
  const postgres = resources.use(await startPostgres())
  const database = await createMigratedDatabase(postgres)
  const key = await database.createKey("bench")
  const chat = { model, parameters: {}, upstreams: [{ name: "simulator", baseURL: upstreamURL }], deadlines }
  const replica = await startReplicaProcess(replicaSettings(database, upstreamURL, { chat }), database.runtime.password)
  resources.defer(() => replica.kill())
  const owned = resources.move()
  return {
    url: replica.url,
    pid: pidOf(replica.child),
    key,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const deadlines = { connect: 3_000, firstToken: 60_000, betweenTokens: 30_000 }
