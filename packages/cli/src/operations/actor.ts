import { hostname, userInfo } from "node:os"

/** Who runs this, as the ledger names them: `user@host`. */
export function actor(): string {
  return `${userName()}@${hostname()}`
}

/** A container's user may have no entry in the password file. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return process.env["USER"] ?? `uid-${process.getuid?.() ?? "unknown"}`
  }
}
