import { setTimeout as delay } from "node:timers/promises"
import { schemaVersion } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { replicatedSchemaVersion } from "../postgres/replicated-schema.ts"

const checkInterval = 100

interface Arrival {
  readonly database: RegionDatabase
  /** Name of the runtimes' database. */
  readonly name: string
  readonly primary: string
  readonly isStandby: () => boolean
  /** Told each time that it is still missing. */
  readonly onMissing: (error: ChatopsError) => void
}

/** Replicas of this release may need tables that the primary has only just made. */
export async function untilSchemaArrived(arrival: Arrival, signal: AbortSignal): Promise<void> {
  const { database, name, primary, isStandby, onMissing } = arrival
  const behind = new ChatopsError("SCHEMA_BEHIND", `schema ${schemaVersion} has not arrived from ${primary}`)
  const arrived = () =>
    replicatedSchemaVersion(database, name).then(
      version => version >= schemaVersion,
      () => false,
    )
  while (isStandby() && !(await arrived())) {
    onMissing(behind)
    await delay(checkInterval, undefined, { signal })
  }
}
