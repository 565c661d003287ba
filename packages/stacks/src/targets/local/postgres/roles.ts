import { readFile } from "node:fs/promises"
import type { DatabaseSpec } from "../agent/spec.ts"
import type { RegionDatabase } from "./region-database.ts"

/**
 * Makes the database and its three roles, or brings their passwords up to date. Local setup commits: they happen
 * before runtimes are admitted and acknowledge nothing (rule 2).
 */
export async function prepareRoles(database: RegionDatabase, spec: DatabaseSpec): Promise<void> {
  const password = async (role: keyof DatabaseSpec["passwords"]) =>
    (await readFile(spec.passwords[role], "utf8")).trim()
  const roles = [
    ["owner", "", await password("owner")],
    ["runtime", "", await password("runtime")],
    ["replicator", "REPLICATION", await password("replicator")],
  ] as const
  await database.query("postgres", async client => {
    await client.query("set synchronous_commit to local")
    for (const [role, attributes, secret] of roles) {
      const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role])
      const verb = rowCount ? "ALTER" : "CREATE"
      await client.query(
        `${verb} ROLE ${client.escapeIdentifier(role)} LOGIN ${attributes} PASSWORD ${client.escapeLiteral(secret)}`,
      )
    }
    // Migrations.
    await client.query("alter role owner set synchronous_commit to local")
    const { rowCount } = await client.query("select from pg_database where datname = $1", [spec.name])
    if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(spec.name)} OWNER owner`)
  })
}
