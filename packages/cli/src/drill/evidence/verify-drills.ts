import type { KeyObject } from "node:crypto"
import { ChatopsError } from "@chatops/stacks/errors"
import type { Ledger, LedgerView } from "../../ledger/index.ts"
import { type ChainLink, latestOf, readChain } from "./chain.ts"
import type { DrillCheck } from "./check.ts"
import type { DrillOutcome } from "./drill-record.ts"
import { type KnownKeys, keysInLedger, onlyTheseKeys } from "./known-keys.ts"
import { type DrillName, drillOf, drillPlace, drillsPlace, statementFile } from "./places.ts"
import { type Rules, verifyContents, verifyRecord } from "./verify-contents.ts"
import { verifyFiles } from "./verify-files.ts"
import { missingDrills, type Surroundings, verifyPlace } from "./verify-place.ts"
import { verifySignature } from "./verify-signature.ts"

/** Kind of the operations that leave evidence. */
export const drillKind = "drill"

export interface DrillChoice {
  /** One drill; without it, all. */
  readonly id?: string | undefined
  readonly environment?: string | undefined
  /** Keys to believe instead of those in the ledger. */
  readonly keys?: readonly KeyObject[] | undefined
}

export interface DrillVerification extends DrillName {
  readonly passed: boolean
  /** Null: the record cannot be read. */
  readonly outcome: DrillOutcome | null
  readonly endedAt: string | null
  /** Of whom the statement says that signed it; whether it was so is a check. */
  readonly keyId: string | null
  readonly checks: readonly DrillCheck[]
}

export interface LedgerVerification {
  readonly passed: boolean
  /** Oldest first, as the ledger has them. */
  readonly drills: readonly DrillVerification[]
  /** What is gone altogether. */
  readonly missing: readonly DrillCheck[]
  /**
   * The last statements of each environment. That nothing came after them, and was cut off, the ledger cannot prove by
   * itself: an auditor compares with what was told earlier.
   */
  readonly latest: readonly (DrillName & { readonly statement: string })[]
}

/**
 * Checks drills of the ledger as it stands. What is wrong is a result and no error.
 * @throws {ChatopsError} DRILL_UNKNOWN for an id that nothing speaks of, DRILL_NONE where nothing speaks of any drill,
 * LEDGER_UNREADABLE
 */
export async function verifyDrills(ledger: Ledger, choice: DrillChoice, rules: Rules): Promise<LedgerVerification> {
  // Records first: a drill that ends meanwhile has its evidence then, and is not missed.
  const recorded = await recordedDrills(ledger)
  const view = await ledger.view()
  const history = await view.history(drillsPlace)
  const wanted = ({ id, environment }: DrillName) =>
    (choice.id ?? id) === id && (choice.environment ?? environment) === environment
  const present = drillsIn(view, history)
  const chosen = present.filter(wanted)
  const missing = missingDrills(
    present,
    history.filter(({ path }) => wanted(drillOf(path) ?? { id: "", environment: "" })),
    recorded.filter(wanted),
  )
  // Nothing to find fault with would pass as evidence that all is well.
  if (chosen.length === 0 && missing.length === 0) throw nothingThere(choice)
  const drills: DrillVerification[] = []
  const latest: (DrillName & { statement: string })[] = []
  for (const [environment, names] of Map.groupBy(chosen, ({ environment }) => environment)) {
    const chain = await readChain(view, environment)
    const keys = choice.keys ? onlyTheseKeys(choice.keys, environment) : await keysInLedger(view, environment)
    for (const name of names) drills.push(await verifyOne(view, name, { keys, rules, around: { chain, history } }))
    latest.push(...latestOf(chain).map((link: ChainLink) => ({ environment, id: link.id, statement: link.digest })))
  }
  return { passed: missing.length === 0 && drills.every(drill => drill.passed), drills, missing, latest }
}

function nothingThere({ id, environment }: DrillChoice): ChatopsError {
  const of = environment === undefined ? "" : ` of ${environment}`
  return id === undefined
    ? new ChatopsError("DRILL_NONE", `the branch chatops/ledger has no evidence of a drill${of}`)
    : new ChatopsError("DRILL_UNKNOWN", `the ledger has no drill ${id}${of}`)
}

async function verifyOne(
  view: LedgerView,
  name: DrillName,
  { keys, rules, around }: { readonly keys: KnownKeys; readonly rules: Rules; readonly around: Surroundings },
): Promise<DrillVerification> {
  const place = drillPlace(name.environment, name.id)
  const read = await view.read(view.files(place))
  const files = new Map([...read].map(([path, content]) => [path.slice(place.length + 1), content]))
  const signed = verifySignature(`${place}/${statementFile}`, files.get(statementFile), keys)
  const { record, checks } = verifyRecord(place, files, signed.statement)
  const all = [
    signed.check,
    ...(signed.statement ? verifyFiles(place, files, signed.statement) : []),
    ...checks,
    ...(record ? verifyContents(place, files, record, rules) : []),
    ...(signed.statement ? verifyPlace(name, signed.statement, around) : []),
  ]
  return {
    ...name,
    passed: all.every(({ passed }) => passed),
    outcome: record?.outcome ?? null,
    endedAt: record?.endedAt ?? null,
    keyId: signed.keyId,
    checks: all,
  }
}

/** In the order in which the ledger got them. */
function drillsIn(view: LedgerView, history: Surroundings["history"]): readonly DrillName[] {
  const paths = new Set(view.files(drillsPlace))
  const ordered = [...history.map(({ path }) => path).filter(path => paths.has(path)), ...paths]
  const names = new Map<string, DrillName>()
  for (const path of ordered) {
    const drill = drillOf(path)
    if (drill) names.set(drillPlace(drill.environment, drill.id), { environment: drill.environment, id: drill.id })
  }
  return [...names.values()]
}

/** Operations that must have left evidence. */
async function recordedDrills(ledger: Ledger): Promise<readonly DrillName[]> {
  const entries = await ledger.entries({ limit: Number.MAX_SAFE_INTEGER })
  return entries
    .filter(({ record }) => record.kind === drillKind && record.outcome === "succeeded")
    .map(({ record: { environment, id } }) => ({ environment, id }))
}
