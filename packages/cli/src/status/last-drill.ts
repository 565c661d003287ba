import { readJournals } from "../operations/journal.ts"
import type { OperationServices } from "../operations/operation.ts"
import { journalDirectory } from "../operations/run-operation.ts"
import type { StatusResult } from "../results/status.ts"

/** As the journals on this machine have it: the ledger knows of others, and takes longer to ask. */
export function lastDrill(services: OperationServices): StatusResult["lastDrill"] {
  const over = ({ header, outcome }: ReturnType<typeof readJournals>[number]) =>
    header.kind === "drill" && outcome === "succeeded"
  const told = readJournals(journalDirectory(services)).findLast(over)?.outputs["record"] as Told | undefined
  if (told?.record === undefined) return null
  const { id, endedAt, outcome, scenario } = told.record
  return { id, endedAt, outcome, scenario: scenario.name }
}

/** As much of what a drill's last step returned as is shown. */
interface Told {
  readonly record?: Pick<NonNullable<StatusResult["lastDrill"]>, "id" | "endedAt" | "outcome"> & {
    readonly scenario: { readonly name: string }
  }
}
