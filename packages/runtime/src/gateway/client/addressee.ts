import { header, requestIdPattern } from "../../contract/index.ts"
import type { RequestHead } from "../wire/request-head.ts"

/** What an answer repeats of its request. */
export interface Addressee {
  readonly requestId: string
  /** Of a POST: the key that replicas get, the client's own or a new one. */
  readonly idempotencyKey: string | undefined
}

/** Of a request that is refused before it has got a key: only the client's own. `head`: undefined when unreadable. */
export function refusedAddressee(head: RequestHead | undefined, newId: () => string): Addressee {
  let requestId: string | undefined
  let key: string | undefined
  const fields = head?.fields ?? []
  for (let at = 0; at < fields.length; at += 2) {
    const value = fields[at + 1] as string
    if (fields[at] === header.requestId) requestId ??= value
    else if (fields[at] === header.idempotencyKey) key = withKey(key, value)
  }
  return { requestId: requestIdOr(requestId, newId), idempotencyKey: head?.method === "POST" ? key : undefined }
}

/** The client's own id when it is well formed, else a new one. */
export const requestIdOr = (own: string | undefined, newId: () => string): string =>
  own !== undefined && requestIdPattern.test(own) ? own : newId()

/** The key after one more line of it: an empty one is none, and several are read as replicas read them. */
export const withKey = (before: string | undefined, value: string): string | undefined =>
  value === "" ? before : before === undefined ? value : `${before}, ${value}`
