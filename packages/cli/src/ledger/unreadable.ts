import { ChatopsError } from "@chatops/stacks/errors"

export function unreadable(path: string, why: string, hint?: string): ChatopsError {
  const message = `The ledger's entry ${path} cannot be read: ${why}`
  return new ChatopsError("LEDGER_UNREADABLE", message, { details: { path }, ...(hint === undefined ? {} : { hint }) })
}
