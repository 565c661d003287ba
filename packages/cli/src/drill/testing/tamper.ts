import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openLedger } from "../../ledger/index.ts"
import { commit, git, repository, temporaryDirectory } from "../../ledger/testing/repository.ts"
import { canonicalJSON } from "../evidence/canonical-json.ts"
import type { DrillRecord } from "../evidence/drill-record.ts"
import { payloadOf, readEnvelope, seal } from "../evidence/dsse.ts"
import { recordFile, statementFile } from "../evidence/places.ts"
import { sha256 } from "../evidence/sha256.ts"
import { signingKey } from "../evidence/signing-key.ts"
import { payloadType } from "../evidence/statement.ts"
import { type LedgerVerification, verifyDrills } from "../evidence/verify-drills.ts"
import { drillId, ledgerWithDrills, simpleRules } from "./recorded-drills.ts"

/** An app's repository whose ledger has so many drills, and the state directory that holds the key. */
export async function prepared(count: number) {
  const [directory, state] = [repository(), temporaryDirectory()]
  await ledgerWithDrills(directory, state, count)
  return { directory, state }
}

export const verify = (directory: string, id?: string): Promise<LedgerVerification> =>
  verifyDrills(openLedger(directory), { id }, simpleRules)

/** Codes and files of all that was found, in order. */
export const findings = ({ drills, missing }: LedgerVerification): string[] =>
  [...missing, ...drills.flatMap(({ checks }) => checks)].flatMap(check =>
    check.passed ? [] : [`${check.code} ${check.file.split("/").slice(-2).join("/")}`],
  )

/** Changes files, given the directory that they lie in. */
type Change = (file: (path: string) => string) => void

/** Commits what somebody does to the ledger's files by hand. */
export function tamper(directory: string, change: Change): void {
  const tree = join(temporaryDirectory(), "ledger")
  git(directory, "worktree", "add", "--quiet", tree, "chatops/ledger")
  change(path => join(tree, path))
  git(tree, "add", "--all")
  commit(tree, "Nothing to see")
  git(directory, "worktree", "remove", tree)
}

/** The same, leaving no trace in the history: as if it had been so from the beginning. */
export function forge(directory: string, change: Change): void {
  tamper(directory, change)
  const identity = ["-c", "user.name=M", "-c", "user.email=m@example.com"]
  const tree = git(directory, "rev-parse", "chatops/ledger^{tree}")
  git(
    directory,
    "branch",
    "--force",
    "chatops/ledger",
    git(directory, ...identity, "commit-tree", tree, "-m", "All of it"),
  )
}

/** The statement that fits this record, and is otherwise the one before. Throws where that cannot be read. */
export function restated(before: Buffer, record: Buffer, sign: (payload: Buffer) => Buffer): Buffer {
  const envelope = readEnvelope(before)
  if (envelope === undefined) throw new Error("the statement cannot be read")
  const statement = JSON.parse(payloadOf(envelope).toString())
  const { figures, scenario, outcome, endedAt } = JSON.parse(record.toString()) as DrillRecord
  statement.subject.find(({ name }: { name: string }) => name === recordFile).digest.sha256 = sha256(record)
  const digestOf = (value: unknown) => ({ sha256: sha256(canonicalJSON(value)) })
  Object.assign(statement.predicate, {
    ...{ outcome, endedAt, figures: { digest: digestOf(figures) } },
    scenario: { name: scenario.name, digest: digestOf(scenario) },
  })
  return sign(Buffer.from(canonicalJSON(statement)))
}

/** Makes the statement in a drill's directory fit the record there again. */
export function restate(directory: string, sign: (payload: Buffer, before: Buffer) => Buffer): void {
  const path = join(directory, statementFile)
  const before = readFileSync(path)
  writeFileSync(
    path,
    restated(before, readFileSync(join(directory, recordFile)), payload => sign(payload, before)),
  )
}

/** What whoever has the key could do: changes the record of the first drill, and signs it again. */
export async function forgeSigned(
  { directory, state }: { readonly directory: string; readonly state: string },
  edit: (record: DrillRecord) => void,
): Promise<void> {
  const key = await signingKey(state)
  forge(directory, at => {
    editJSON(at(place(1, recordFile)), edit)
    restate(at(place(1, "")), payload => seal(payloadType, payload, key))
  })
}

/** Path of one file of the drill with this number. */
export const place = (number: number, file: string): string => `drills/prod/${drillId(number)}/${file}`

export function flip(path: string, at: number): void {
  const content = readFileSync(path)
  content[at] = (content[at] ?? 0) ^ 1
  writeFileSync(path, content)
}

export function editJSON<Value>(path: string, edit: (value: Value) => void): void {
  const value = JSON.parse(readFileSync(path, "utf8"))
  edit(value)
  writeFileSync(path, canonicalJSON(value))
}
