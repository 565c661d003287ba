import { header } from "../contract/index.ts"
import type { Addressee } from "./client/addressee.ts"

/** Who made an answer. */
export interface Origin {
  readonly region: string
  readonly release: string
}

/** Header lines, `[name, value, …]`, of every answer that no replica made. */
export function ownFields(to: Addressee, origin: Origin): readonly string[] {
  const fields = [header.requestId, to.requestId, header.region, origin.region, header.release, origin.release]
  return to.idempotencyKey === undefined ? fields : [...fields, header.idempotencyKey, to.idempotencyKey]
}
