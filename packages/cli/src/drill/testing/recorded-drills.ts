import { figuresOf } from "@chatops/stacks/drill"
import { type Ledger, type LedgerRecord, openLedger } from "../../ledger/index.ts"
import { record } from "../../ledger/testing/sample-record.ts"
import { version } from "../../version.ts"
import { type DrillAccount, type Evidence, makeEvidence, type Rules, signingKey } from "../evidence/index.ts"
import { sampleAccount } from "./sample-account.ts"
import { sampleEvents, sampleScenario } from "./sample-drill.ts"

/** A few events: what is wrong with evidence does not depend on how many there are. */
const events = sampleEvents({ ...sampleScenario.load, turnsPerSecond: 1 })

export const simpleRules: Rules = {
  figuresOf: events => figuresOf(events),
  renderReport: ({ id, outcome }) => `<!doctype html><title>${id}</title><p>${outcome}</p>\n`,
  version,
}

/** Ids sort by time, as those of operations do. */
export const drillId = (number: number): string => `op-20260301-10000000${number}-aaaaaa`

/** Puts a drill and its operation into the ledger, as an operation does. */
export async function recordDrill(
  ledger: Ledger,
  state: string,
  changes: Partial<DrillAccount> = {},
  { figuresOf, renderReport }: Rules = simpleRules,
): Promise<Evidence> {
  const account = sampleAccount({ events, figures: figuresOf(events), ...changes })
  const means = { view: await ledger.view(), key: await signingKey(state), renderReport }
  const evidence = await makeEvidence(account, means)
  await ledger.append(operationOf(account), { files: evidence.files })
  return evidence
}

/** A ledger with so many drills of `prod`, one after another. */
export async function ledgerWithDrills(directory: string, state: string, count: number): Promise<Ledger> {
  const ledger = openLedger(directory)
  for (let number = 1; number <= count; number++) await recordDrill(ledger, state, { id: drillId(number) })
  return ledger
}

function operationOf({ id, environment, beganAt, endedAt }: DrillAccount): LedgerRecord {
  return record({ id, kind: "drill", environment, startedAt: beganAt, finishedAt: endedAt, summary: "passed" })
}
