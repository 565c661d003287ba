import { styleText } from "node:util"
import type { KeysListResult } from "../results/keys.ts"

export function renderKeys(keys: KeysListResult): string[] {
  if (keys.length === 0) return ["There are no keys. `chatops keys create` makes one."]
  return keys.map(({ id, tenant, name, createdAt, expiresAt, revokedAt }) => {
    const state = revokedAt
      ? styleText("red", "revoked")
      : expiresAt
        ? `until ${day(expiresAt)}`
        : styleText("green", "active")
    return `${id}  ${tenant.padEnd(10)} ${name.padEnd(20)} ${day(createdAt)}  ${state}`
  })
}

const day = (time: string): string => time.slice(0, 10)
