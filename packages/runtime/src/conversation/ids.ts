import { randomFillSync } from "node:crypto"

/**
 * `<prefix>_` and 32 hexadecimal digits: 48 bits of Unix milliseconds, so that ids sort by time and index well,
 * and 80 random bits. Ids of responses: `newResponseId`.
 */
export function newId(prefix: "conv" | "msg", now = Date.now()): string {
  return `${prefix}_${timeDigits(now)}${randomDigits(10)}`
}

/** 12 digits. */
export const timeDigits = (milliseconds: number): string => milliseconds.toString(16).padStart(12, "0")

/** Two digits a byte. */
export function randomDigits(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString("hex", used - bytes, used)
}

const pool = Buffer.alloc(2_560)
let used = pool.length
