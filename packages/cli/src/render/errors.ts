import { styleText } from "node:util"
import { ChatopsError, catalog, type ErrorCode, systemError } from "@chatops/stacks/errors"
import type { ErrorResult } from "../results/error.ts"
import { isUsage, usageProblem } from "../usage/usage-problem.ts"

/** Says a text as it is to be read where the error came up. */
type Say = (text: string) => string
const plainly: Say = text => text

/** The document that `--json` prints instead of a result. */
export function errorDocument(given: Error, say = plainly): ErrorResult {
  const { code, message, hint, details } = coded(given)
  return { error: { code, message: say(message), hint: say(hint), details } }
}

export const errorExitCode = (given: Error): number => catalog[coded(given).code].exit

/** For people, on standard error. A bug shows where it came up; a wrong command line needs no code to look up. */
export function errorLines(given: Error, say = plainly): string[] {
  const { code, message, hint } = coded(given)
  const words = code === "INTERNAL" ? (given.stack ?? message) : message
  return [headline(say(words)), dim(say(hint)), ...(code === "USAGE" ? [] : [dim(code)])]
}

interface CodedError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
}

/** Every error has a code of the catalog, whoever threw it. */
function coded(given: Error): CodedError {
  const error = systemError(given)
  if (error instanceof ChatopsError) return error
  if (isUsage(error)) return { code: "USAGE", ...usageProblem(error), details: {} }
  return { code: "INTERNAL", message: error.message, hint: catalog.INTERNAL.hint, details: {} }
}

const headline = (text: string): string => `${styleText("red", "✖", { stream: process.stderr })} ${text}`
const dim = (text: string): string => styleText("dim", `  ${text}`, { stream: process.stderr })
