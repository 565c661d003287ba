import { type DrillCheck, failed, passed } from "./check.ts"
import { isSignedBy, payloadOf, readEnvelope } from "./dsse.ts"
import type { KnownKeys } from "./known-keys.ts"
import { type DrillStatement, parseStatement, payloadType } from "./statement.ts"

/** The statement is given also when its signature is wrong: what it says tells which file was altered. */
interface Signed {
  readonly check: DrillCheck
  readonly statement: DrillStatement | undefined
  readonly keyId: string | null
}

export function verifySignature(file: string, content: Buffer | undefined, keys: KnownKeys): Signed {
  const nothing = { statement: undefined, keyId: null }
  if (content === undefined)
    return { check: failed("signature", "DRILL_FILE_MISSING", file, "there is no statement"), ...nothing }
  const envelope = readEnvelope(content)
  if (envelope === undefined || envelope.payloadType !== payloadType) {
    const detail = "it is no envelope as chatops writes them"
    return { check: failed("signature", "DRILL_FILE_ALTERED", file, detail), ...nothing }
  }
  const statement = parseStatement(payloadOf(envelope))
  const keyId = envelope.signatures[0].keyid
  const key = keys(keyId)
  if ("unknown" in key)
    return { check: failed("signature", "DRILL_KEY_UNKNOWN", key.file, key.unknown), statement, keyId }
  if (!isSignedBy(envelope, key)) {
    const detail = `the signature is not one of key ${keyId} over this statement`
    return { check: failed("signature", "DRILL_SIGNATURE_WRONG", file, detail), statement, keyId }
  }
  if (statement === undefined) {
    const detail = "what was signed is no statement that this version of chatops knows"
    return { check: failed("signature", "DRILL_RECORD_UNREADABLE", file, detail), statement, keyId }
  }
  return { check: passed("signature", `signed with ${keyId}`), statement, keyId }
}
