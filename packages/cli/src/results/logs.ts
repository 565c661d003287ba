import { logLevels } from "@chatops/stacks/log-line"
import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

/** One line of one process; with `--follow` each is a document of its own, on a line of its own. */
export const logRecord = z.strictObject({
  time: z.iso.datetime().nullable().describe("Null where the process wrote none."),
  region: z.string().nullable().describe("Null for what is in no region: witness, gateway."),
  process: z.string(),
  level: z.enum(logLevels),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).describe("What else a structured line held."),
})

export const logsResult = z.array(logRecord)
export type LogsResult = ResultOf<typeof logsResult>
