import type { ErrorCode } from "../errors/catalog.ts"
import { ChatopsError } from "../errors/chatops-error.ts"
import { codeFrame, positionAt, unprintable } from "./code-frame.ts"

/** One mistake in `chatops.yaml`, as `--json` shows it. */
export interface ConfigProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Path of the key, such as `environments.local.balancing`; empty for the whole file. */
  readonly key: string
  readonly message: string
  readonly expected?: string
  readonly received?: string
  readonly suggestion?: string
}

/** A stretch of the text, and what is wrong with it. */
export interface Marked {
  readonly offset: number
  readonly length: number
  readonly problem: Omit<ConfigProblem, "file" | "line" | "column">
}

/** More than anybody mends in one go; the count says how many there are. */
const shown = 50

/** One error for all problems of a file, ordered by line, each with the line that it is about. */
export function configError(code: ErrorCode, file: string, text: string, marks: readonly Marked[]): ChatopsError {
  const ordered = [...marks].sort((a, b) => a.offset - b.offset)
  const problems = ordered.map(
    ({ offset, problem }): ConfigProblem => ({ file, ...positionAt(text, offset), ...problem }),
  )
  const blocks = ordered.slice(0, shown).map((mark, index) => describe(text, mark, problems[index]))
  const rest = ordered.length - blocks.length
  if (ordered.length > 1) blocks.unshift(`${file} has ${ordered.length} problems`)
  if (rest > 0) blocks.push(`… and ${rest} more`)
  return new ChatopsError(code, blocks.join("\n\n"), { details: { file, problems } })
}

function describe(text: string, mark: Marked, problem: ConfigProblem | undefined): string {
  if (problem === undefined) return ""
  const { file, line, column, key, message, suggestion } = problem
  const guess = suggestion === undefined ? "" : `. Did you mean \`${suggestion}\`?`
  const head = `${file}:${line}:${column} ${key === "" ? "" : `${key}: `}${message}${guess}`
  return `${head.replaceAll(unprintable, "·")}\n${codeFrame(text, problem, mark.length)}`
}
