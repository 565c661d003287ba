import { randomFillSync } from "node:crypto"

/**
 * `<prefix>_` and 32 hexadecimal digits: 48 bits of Unix milliseconds, so that ids sort by time and index well,
 * and 80 random bits.
 */
export function newId(prefix: "resp" | "conv" | "msg", now = Date.now()): string {
  if (used + randomBytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.toString("hex", used, used + randomBytes)
  used += randomBytes
  return `${prefix}_${now.toString(16).padStart(12, "0")}${random}`
}

const randomBytes = 10
const pool = Buffer.alloc(randomBytes * 256)
let used = pool.length
