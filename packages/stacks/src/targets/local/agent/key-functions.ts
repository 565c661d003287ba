import { createHash, randomBytes } from "node:crypto"
import type pg from "pg"
import * as z from "zod"
import type { Role } from "./role.ts"

type Query = <Result>(work: (client: pg.Client) => Promise<Result>) => Promise<Result>

const CreateKey = z.strictObject({
  tenant: z.string().min(1),
  name: z.string().min(1),
  expiresInSeconds: z.number().positive().optional(),
})
const RevokeKey = z.strictObject({ id: z.string().min(1) })
const CreateToken = z.strictObject({ tenant: z.string().min(1), lifetimeSeconds: z.number().positive() })

/** Keys and one-time tokens. Only their hashes reach the database; the values are answered once and kept nowhere. */
export function keyFunctions(query: Query): Role["admin"] {
  return {
    "create-key": async input => {
      const { tenant, name, expiresInSeconds } = CreateKey.parse(input)
      const key = `sk-chatops-${randomBytes(32).toString("base64url")}`
      const expires = expiresInSeconds === undefined ? null : new Date(Date.now() + expiresInSeconds * 1_000)
      const { rows } = await query(client =>
        client.query("select chatops.create_key($1, $2, $3, $4) as id", [tenant, name, hash(key), expires]),
      )
      return { id: rows[0].id, key, tenant, name }
    },
    "list-keys": async () => (await query(client => client.query("select * from chatops.list_keys()"))).rows,
    "revoke-key": async input => {
      const { rows } = await query(client =>
        client.query("select chatops.revoke_key($1) as revoked", [RevokeKey.parse(input).id]),
      )
      return { revoked: rows[0].revoked === true }
    },
    "create-token": async input => {
      const { tenant, lifetimeSeconds } = CreateToken.parse(input)
      const token = randomBytes(24).toString("base64url")
      await query(client =>
        client.query("select chatops.create_one_time_token($1, $2, make_interval(secs => $3))", [
          hash(token),
          tenant,
          lifetimeSeconds,
        ]),
      )
      return { token }
    },
  }
}

const hash = (value: string): Buffer => createHash("sha256").update(value).digest()
