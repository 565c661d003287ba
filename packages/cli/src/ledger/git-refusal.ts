import { ChatopsError, type ErrorCode } from "@chatops/stacks/errors"
import type { GitResult } from "./git.ts"

/**
 * A refusal of git as a coded error. The only place that reads git's messages to tell errors apart.
 * @param otherwise the code of a refusal that is not known: what the command was there for
 */
export function explainRefusal(
  { stderr, stdout }: GitResult,
  otherwise: "LEDGER_UNREADABLE" | "LEDGER_UNWRITABLE" = "LEDGER_UNWRITABLE",
): ChatopsError {
  const said = lastLine(stderr) ?? lastLine(stdout) ?? "git gave no reason"
  const { code, ...hint } = known.find(({ pattern }) => pattern.test(stderr))?.means ?? { code: otherwise }
  return new ChatopsError(code, `git refused: ${said}`, { ...hint, details: { git: stderr } })
}

const known: readonly {
  readonly pattern: RegExp
  readonly means: { readonly code: ErrorCode; readonly hint?: string }
}[] = [
  { pattern: /not a git repository/i, means: { code: "LEDGER_NO_REPOSITORY" } },
  {
    pattern: /dubious ownership/i,
    means: {
      code: "LEDGER_NO_REPOSITORY",
      hint: "The repository belongs to another user. If you trust it, run the `git config` command that git's message names.",
    },
  },
  { pattern: /\.lock': File exists/i, means: { code: "LEDGER_BUSY" } },
  {
    pattern: /'refs\/heads\/chatops' exists/i,
    means: {
      code: "LEDGER_UNREADABLE",
      hint: "A branch `chatops` stands where `chatops/ledger` has to go: rename it with `git branch -m chatops <other name>`.",
    },
  },
]

/** git puts the cause last; hints and `error:` lines that repeat it come first. */
function lastLine(text: string): string | undefined {
  const lines = text.split("\n").filter(line => line.trim() !== "" && !line.startsWith("hint:"))
  const line = lines.findLast(line => /^(fatal|error):/.test(line)) ?? lines.at(-1)
  return line?.replace(/^(fatal|error): /, "")
}
