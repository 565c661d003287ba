import { createHash } from "node:crypto"
import type { FastifyRequest } from "fastify"
import { header } from "../contract/index.ts"
import type { KeyUse } from "../conversation/once-per-key.ts"
import { holderOf } from "./authentication.ts"
import { badRequest } from "./request-error.ts"

/** The request's `Idempotency-Key`, if it has one, with the digest of what it stands for. Throws a 400. */
export function keyUse(request: FastifyRequest): KeyUse | undefined {
  const key = request.headers[header.idempotencyKey]
  if (key === undefined) return undefined
  if (typeof key !== "string" || key.length === 0 || key.length > 255) {
    throw badRequest("invalid_value", "The Idempotency-Key must have 1 to 255 characters.", "Idempotency-Key")
  }
  const bodyHash = createHash("sha256")
    .update(`${request.method} ${request.url}\0`)
    .update(request.rawBody ?? "")
    .digest()
  return { tenant: holderOf(request).tenant, key, bodyHash }
}
