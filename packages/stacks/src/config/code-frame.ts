import { maskSecrets } from "./secret-mask.ts"

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units as editors count; at most one past the end of the line. */
  readonly column: number
}

const width = 100

/** Control, formatting and bidirectional characters: they would steer the terminal or hide what is there. */
export const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Line and column of an offset; offsets outside the text count as its nearest end. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(0, offset))
  const line = before.split("\n").length
  const start = before.lastIndexOf("\n") + 1
  return { line, column: Math.min(before.length - start, lineAt(text, line).length) + 1 }
}

/**
 * The line with carets under what is meant:
 * ```
 *   12 |     balancng: ip-hash
 *      |     ^^^^^^^^
 * ```
 * A long line is cut around the caret, control characters are shown as dots, credentials are masked.
 */
export function codeFrame(text: string, { line, column }: Position, length: number): string {
  const whole = maskSecrets(lineAt(text, line)).replaceAll("\t", " ").replaceAll(unprintable, "·")
  const start = column > width - 20 ? column - 40 : 0
  const shown = (start > 0 ? "…" : "") + whole.slice(start, start + width) + (whole.length > start + width ? "…" : "")
  const indent = column - 1 - start + (start > 0 ? 1 : 0)
  const carets = "^".repeat(Math.max(1, Math.min(length, shown.length - indent)))
  const number = String(line)
  return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${" ".repeat(indent)}${carets}`
}

function lineAt(text: string, line: number): string {
  return (text.split("\n")[line - 1] ?? "").replace(/\r$/, "")
}
