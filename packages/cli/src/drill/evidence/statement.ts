import * as z from "zod"
import { canonicalJSON } from "./canonical-json.ts"
import { DrillOutcome, type DrillRecord } from "./drill-record.ts"
import { sha256 } from "./sha256.ts"

export const payloadType = "application/vnd.in-toto+json"
const statementType = "https://in-toto.io/Statement/v1"
const predicateType = "https://chatops.dev/drill/v1"

const DigestSet = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })

/** What is signed: an in-toto Statement v1 (https://github.com/in-toto/attestation) about the files of one drill. */
export const DrillStatement = z.strictObject({
  _type: z.literal(statementType),
  subject: z.array(z.strictObject({ name: z.string(), digest: DigestSet })),
  predicateType: z.literal(predicateType),
  predicate: z.strictObject({
    drill: z.string(),
    app: z.string(),
    environment: z.string(),
    endedAt: z.iso.datetime(),
    scenario: z.strictObject({ name: z.string(), digest: DigestSet }),
    outcome: DrillOutcome,
    /** Of the figures as canonical JSON. */
    figures: z.strictObject({ digest: DigestSet }),
    /**
     * The environment's latest statements when this one was made: those that no other named. One, as a rule; none for the
     * first drill; several after drills that did not know of each other.
     */
    previous: z.array(z.strictObject({ digest: DigestSet })),
  }),
})
export type DrillStatement = z.infer<typeof DrillStatement>

/** @param files the drill's other files, by name */
export function makeStatement(
  record: DrillRecord,
  files: ReadonlyMap<string, Buffer>,
  previous: readonly string[],
): DrillStatement {
  return {
    _type: statementType,
    subject: [...files].map(([name, content]) => ({ name, digest: { sha256: sha256(content) } })),
    predicateType,
    predicate: { ...summaryOf(record), previous: previous.toSorted().map(digest => ({ digest: { sha256: digest } })) },
  }
}

/** What a statement says about a record, apart from its bytes: readable without it. */
export const summaryOf = (record: DrillRecord): Omit<DrillStatement["predicate"], "previous"> => ({
  drill: record.id,
  app: record.app,
  environment: record.environment,
  endedAt: record.endedAt,
  scenario: { name: record.scenario.name, digest: { sha256: sha256(canonicalJSON(record.scenario)) } },
  outcome: record.outcome,
  figures: { digest: { sha256: sha256(canonicalJSON(record.figures)) } },
})

/** Nothing when it is no statement of this format. */
export function parseStatement(payload: Buffer): DrillStatement | undefined {
  try {
    return DrillStatement.parse(JSON.parse(payload.toString("utf8")))
  } catch {
    return undefined
  }
}
