import type { LedgerRecord } from "./ledger-record.ts"

/** A subject that reads well in `git log --oneline`, and trailers that `git log --grep` and scripts can use. */
export function commitMessage({ id, kind, environment, outcome, summary, release }: LedgerRecord): string {
  const named = release === undefined || summary.includes(release) ? "" : ` (${release})`
  const trailers = {
    "Chatops-Operation": id,
    "Chatops-Kind": kind,
    "Chatops-Environment": environment,
    "Chatops-Outcome": outcome,
    ...(release === undefined ? {} : { "Chatops-Release": release }),
  }
  const lines = Object.entries(trailers).map(([key, value]) => `${key}: ${oneLine(value)}`)
  return `${oneLine(`${kind} ${environment}: ${summary}${named}`)}\n\n${lines.join("\n")}\n`
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim()
}
