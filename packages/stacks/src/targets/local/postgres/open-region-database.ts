import { chownSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { cacheDirectory } from "../../../state/state-directory.ts"
import type { RegionSpec } from "../agent/spec.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { installPostgres, postgresUser } from "./installation.ts"
import { RegionDatabase, type RegionDatabaseEvents } from "./region-database.ts"

/** The database of a region's agent, with PostgreSQL installed and a directory for its socket. */
export async function openRegionDatabase(spec: RegionSpec, events: RegionDatabaseEvents): Promise<RegionDatabase> {
  const socketDirectory = postgresSocketDirectory(spec.socket)
  // The database's user has to pass through the run directory.
  mkdirSync(dirname(socketDirectory), { recursive: true, mode: 0o711 })
  mkdirSync(socketDirectory, { recursive: true, mode: 0o700 })
  const user = postgresUser()
  if (user) chownSync(socketDirectory, user.uid, user.gid)
  const installation = await installPostgres(cacheDirectory())
  const { region, directory } = spec
  return new RegionDatabase({ region, directory, socketDirectory, installation, ...events }, spec.database)
}
