import { createHash } from "node:crypto"

/** A short name for a long text: so many hexadecimal digits of its hash. */
export const fingerprint = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length)
