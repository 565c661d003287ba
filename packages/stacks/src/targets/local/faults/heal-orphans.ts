import { isAlive } from "../../../process/process-identity.ts"
import type { FaultRecord, FaultRecords } from "./fault-records.ts"
import { kindOf } from "./local-fault-kinds.ts"

/** Heals what was broken, and forgets it. Throws what stood in the way; the next one who looks tries again. */
export async function healRecorded(records: FaultRecords, record: FaultRecord, signal: AbortSignal): Promise<void> {
  await kindOf(record.fault).heal(record.broken, signal)
  await records.remove(record.id)
}

/** Faults that stand. One whose holder is dead, with `kill -9` or its machine, is healed first: nobody else would. */
export async function healOrphans(records: FaultRecords, signal: AbortSignal): Promise<FaultRecord[]> {
  const all = await Promise.all(
    (await records.all()).map(async record => {
      if (isAlive(record.holder)) return record
      return healRecorded(records, record, signal).then(
        () => undefined,
        () => record,
      )
    }),
  )
  return all.filter(record => record !== undefined)
}
