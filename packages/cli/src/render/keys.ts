import { styleText } from "node:util"
import type { KeysListResult } from "../results/keys.ts"

export function renderKeys(keys: KeysListResult, now = new Date()): string[] {
  if (keys.length === 0) return ["There are no keys. `chatops keys create` makes one."]
  return keys.map(key => {
    const { id, tenant, name, createdAt } = key
    return `${id}  ${tenant.padEnd(10)} ${name.padEnd(20)} ${day(createdAt)}  ${state(key, now)}`
  })
}

function state({ expiresAt, revokedAt }: KeysListResult[number], now: Date): string {
  if (revokedAt) return styleText("red", "revoked")
  if (!expiresAt) return styleText("green", "active")
  return Date.parse(expiresAt) <= now.getTime() ? styleText("red", "expired") : `until ${day(expiresAt)}`
}

const day = (time: string): string => time.slice(0, 10)
