import * as z from "zod"

const Outcome = z.enum(["succeeded", "failed", "aborted"])

/** What the ledger keeps of one operation. Never holds a secret. */
export const LedgerRecord = z.object({
  schema: z.literal(1),
  /** The operation's id; also the name of a file. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  /** `deploy`, `destroy`, `failover` … */
  kind: z.string().min(1),
  environment: z.string().min(1),
  app: z.string().min(1),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  outcome: Outcome,
  release: z.string().optional(),
  /** Who started it: a user name, a pipeline. */
  actor: z.string(),
  /** Commit of the app that was deployed; `dirty` when the files differed from it. */
  commit: z.string().nullable(),
  dirty: z.boolean(),
  steps: z.array(
    z.object({ name: z.string(), startedAt: z.iso.datetime(), durationMs: z.number().min(0), outcome: z.string() }),
  ),
  /** One line for people, such as `4 stacks created`. */
  summary: z.string(),
  /** What the operation returned; its shape belongs to the kind. */
  result: z.json(),
})
export type LedgerRecord = Readonly<z.infer<typeof LedgerRecord>>

/** Where a record lies in the ledger's tree: by month of its start (UTC), so that no directory grows without end. */
export function recordPath({ id, startedAt }: Pick<LedgerRecord, "id" | "startedAt">): string {
  const [year, month] = new Date(startedAt).toISOString().split("-")
  return `operations/${year}/${month}/${id}.json`
}

/** Keys in the order of the schema, so that equal records are equal bytes. */
export function serializeRecord(record: LedgerRecord): string {
  return `${JSON.stringify(LedgerRecord.parse(record), null, 2)}\n`
}
