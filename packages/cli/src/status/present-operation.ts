import { lockHolder } from "@chatops/stacks/process"
import { readJournals, unfinishedOperation } from "../operations/journal.ts"
import type { OperationServices } from "../operations/operation.ts"
import { journalDirectory, lockFile } from "../operations/run-operation.ts"
import type { StatusResult } from "../results/status.ts"

/** The operation that is running, or that was left in the middle. */
export function presentOperation(services: OperationServices): StatusResult["operation"] {
  const holder = lockHolder(lockFile(services))
  const directory = journalDirectory(services)
  // One that runs may still have all its changes before it; one that was left before them has nothing to go on with.
  const found = holder
    ? readJournals(directory).find(({ header }) => header.id === holder.subject)
    : unfinishedOperation(directory)
  return found ? { id: found.header.id, kind: found.header.kind, step: found.current, pid: holder?.pid ?? null } : null
}
