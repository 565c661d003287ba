import * as z from "zod"
import type { ResultOf } from "./result-type.ts"

const named = {
  id: z.string(),
  tenant: z.string().describe("Whose conversations it opens."),
  name: z.string().describe("What it is for."),
}

export const keysCreateResult = z.strictObject({
  ...named,
  key: z.string().describe("Shown once; only its hash is kept."),
})
export type KeysCreateResult = ResultOf<typeof keysCreateResult>

const time = z.iso.datetime({ offset: true })

export const keysListResult = z.array(
  z.strictObject({
    ...named,
    createdAt: time,
    expiresAt: time.nullable().describe("Null: never."),
    revokedAt: time.nullable(),
  }),
)
export type KeysListResult = ResultOf<typeof keysListResult>

export const keysRevokeResult = z.strictObject({ id: z.string(), revoked: z.boolean() })
export type KeysRevokeResult = ResultOf<typeof keysRevokeResult>
