import { type DrillCheck, failed, passed } from "./check.ts"
import { statedFiles, statementFile } from "./places.ts"
import { sha256 } from "./sha256.ts"
import type { DrillStatement } from "./statement.ts"

/** Every file is what was signed, every file is there, and there is no other. */
export function verifyFiles(
  place: string,
  files: ReadonlyMap<string, Buffer>,
  { subject }: DrillStatement,
): readonly DrillCheck[] {
  const stated = new Map(subject.map(({ name, digest }) => [name, digest.sha256]))
  const names = new Set([...statedFiles, ...stated.keys(), ...files.keys()])
  names.delete(statementFile)
  const found = [...names].sort().flatMap(name => {
    const fail = (code: "DRILL_FILE_MISSING" | "DRILL_FILE_ALTERED", detail: string) => [
      failed("files", code, `${place}/${name}`, detail),
    ]
    const content = files.get(name)
    const digest = stated.get(name)
    if (content === undefined) return fail("DRILL_FILE_MISSING", "the file is not there")
    if (digest === undefined) return fail("DRILL_FILE_ALTERED", "the statement says nothing about it")
    if (sha256(content) === digest) return []
    return fail("DRILL_FILE_ALTERED", `SHA-256 is ${sha256(content)}, and ${digest} was signed`)
  })
  return found.length > 0 ? found : [passed("files", `${names.size} files are what was signed`)]
}
