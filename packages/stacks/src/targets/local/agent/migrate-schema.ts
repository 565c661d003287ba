import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { MigrationSettings } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { detachedEnvironment } from "../../../process/environment-variables.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { runtimeProgram, writeSettings } from "./node-process.ts"
import type { RegionSpec } from "./spec.ts"

/** Brings the schema of this region's database up to date, as its owner. Throws MIGRATION_FAILED. */
export async function migrateSchema(spec: RegionSpec, signal: AbortSignal): Promise<void> {
  const settings: MigrationSettings = {
    host: postgresSocketDirectory(spec.socket),
    port: spec.database.port,
    database: spec.database.name,
    user: "owner",
    passwordFile: spec.database.passwords.owner,
    runtimeRole: "runtime",
  }
  const file = writeSettings(spec.directory, "migrate", settings)
  try {
    await promisify(execFile)(process.execPath, [runtimeProgram("migrate")], {
      env: detachedEnvironment({ CHATOPS_SETTINGS: file }),
      signal,
    })
  } catch (cause) {
    const { stdout = "", stderr = "", message } = cause as Error & { stdout?: string; stderr?: string }
    throw new ChatopsError("MIGRATION_FAILED", saidReason(stdout) ?? (stderr.trim().split("\n").at(-1) || message), {
      cause,
    })
  }
}

/** A runtime process that cannot run says why in the last line of its log, which is JSON. */
function saidReason(output: string): string | undefined {
  try {
    const { code, msg } = JSON.parse(output.trim().split("\n").at(-1) ?? "") as { code?: string; msg?: string }
    return msg === undefined ? undefined : `${code}: ${msg}`
  } catch {
    return undefined
  }
}
