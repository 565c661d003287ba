import { createHash } from "node:crypto"
import { migrate } from "../conversation/migrate.ts"
import type { Postgres, TestDatabase } from "./postgres.ts"

export interface MigratedDatabase extends TestDatabase {
  /** Login of replicas. */
  readonly runtime: { readonly user: string; readonly password: string }
  /** Makes a key for the tenant and returns it. */
  createKey(tenant: string): Promise<string>
}

const runtime = { user: "runtime", password: "runtime" }

/** A fresh database with the schema, the role of replicas and a way to make keys. */
export async function createMigratedDatabase(postgres: Postgres): Promise<MigratedDatabase> {
  const database = await postgres.createDatabase()
  const [role] = await database.query("SELECT FROM pg_roles WHERE rolname = $1", [runtime.user])
  if (role === undefined) await database.query(`CREATE ROLE ${runtime.user} LOGIN PASSWORD '${runtime.password}'`)
  await migrate({ ...database, runtimeRole: runtime.user })
  await grantLease(database)
  let keys = 0
  return {
    ...database,
    runtime,
    async createKey(tenant) {
      keys += 1
      const key = `sk-chatops-${tenant}-${keys}-${database.database}`
      await database.query("SELECT chatops.create_key($1, 'test', $2)", [tenant, sha256(key)])
      return key
    },
  }
}

/** As the supervisor of a primary that is not alone. To be done again after every start that follows a crash. */
export async function grantLease(database: Pick<TestDatabase, "query">): Promise<void> {
  await database.query(`INSERT INTO chatops.lease (grantor, alone, length) VALUES ('test', false, 2000)
    ON CONFLICT (only_row) DO UPDATE SET alone = false`)
}

export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest()
