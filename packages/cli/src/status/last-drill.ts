import * as z from "zod"
import { drillsPlace, recordFile } from "../drill/evidence/places.ts"
import { readNewest } from "../ledger/read-newest.ts"
import { readJournals } from "../operations/journal.ts"
import type { OperationServices } from "../operations/operation.ts"
import { journalDirectory } from "../operations/run-operation.ts"
import type { StatusResult } from "../results/status.ts"

type LastDrill = NonNullable<StatusResult["lastDrill"]>

/**
 * The newest that this machine knows of: from its journals, of which the last fifty stay, and from its copy of the ledger,
 * which holds those of other machines as of the last contact with a remote. Nobody is asked, and a ledger that cannot be
 * read is none.
 */
export async function lastDrill(services: OperationServices): Promise<LastDrill | null> {
  const recorded = await newestIn(services).catch(() => undefined)
  const known = [journaled(services), recorded].filter(drill => drill !== undefined)
  return known.toSorted((one, other) => Date.parse(other.endedAt) - Date.parse(one.endedAt))[0] ?? null
}

function journaled(services: OperationServices): LastDrill | undefined {
  const over = ({ header, outcome }: ReturnType<typeof readJournals>[number]) =>
    header.kind === "drill" && outcome === "succeeded"
  const told = readJournals(journalDirectory(services)).findLast(over)?.outputs["record"]
  return Told.safeParse(told).data?.record
}

/** Ids begin with the time. */
async function newestIn({ environment }: OperationServices): Promise<LastDrill | undefined> {
  const { appDirectory, config } = environment
  const content = await readNewest(appDirectory, `${drillsPlace}/${config.name}`, recordFile)
  return content && Shown.parse(JSON.parse(content.toString("utf8")))
}

/** As much of a drill's record as is shown: one of a newer version is no less one. */
const Shown = z
  .object({
    id: z.string(),
    endedAt: z.iso.datetime(),
    outcome: z.enum(["passed", "missed", "violated", "aborted"]),
    scenario: z.object({ name: z.string() }),
  })
  .transform(({ scenario, ...drill }): LastDrill => ({ ...drill, scenario: scenario.name }))

/** What a drill's last step returned. */
const Told = z.object({ record: Shown })
