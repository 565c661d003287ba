/** Where evidence lies in the ledger's tree. */
export const drillsPlace = "drills"

export const drillPlace = (environment: string, id: string): string => `${drillsPlace}/${environment}/${id}`

/** Public keys are named by their id, so that none ever takes another's place. */
export const keysPlace = (environment: string): string => `keys/drill/${environment}`
export const keyPlace = (environment: string, keyId: string): string => `${keysPlace(environment)}/${keyId}.pem`

export const eventsFile = "events.jsonl.gz"
export const recordFile = "record.json"
export const reportFile = "report.html"
export const statementFile = "statement.dsse.json"
/** Those that a statement speaks of. */
export const statedFiles = [eventsFile, recordFile, reportFile] as const

export interface DrillName {
  readonly environment: string
  readonly id: string
}

/** The drill that a file belongs to, and its name there; nothing for what lies elsewhere. */
export function drillOf(path: string): (DrillName & { readonly file: string }) | undefined {
  const [, environment, id, file] = /^drills\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? []
  return environment && id && file ? { environment, id, file } : undefined
}
