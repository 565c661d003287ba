import type { RegionDatabase } from "./region-database.ts"

/** Version of the runtime's schema as it has arrived here; 0 before there is any. */
export async function replicatedSchemaVersion(database: RegionDatabase, name: string): Promise<number> {
  try {
    const { rows } = await database.ask(name, client =>
      client.query("select coalesce(max(version), 0) as version from chatops.migrations"),
    )
    return (rows[0] as { version: number }).version
  } catch (error) {
    const notYet = ["3D000", "42P01", "3F000"]
    if (notYet.includes((error as { code?: string }).code ?? "")) return 0
    throw error
  }
}
