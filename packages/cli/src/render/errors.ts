import { styleText } from "node:util"
import { ChatopsError, systemError } from "@chatops/stacks/errors"
import type { ErrorResult } from "../results/error.ts"
import { isUsage, usageProblem } from "../usage/usage-problem.ts"

/** The document that `--json` prints instead of a result. */
export function errorDocument(given: Error): ErrorResult {
  const error = systemError(given)
  if (error instanceof ChatopsError)
    return { error: { code: error.code, message: error.message, hint: error.hint, details: error.details } }
  if (isUsage(error)) return { error: { code: "USAGE", ...usageProblem(error), details: {} } }
  return { error: { code: "INTERNAL", message: error.message, hint: null, details: {} } }
}

export function errorExitCode(given: Error): number {
  const error = systemError(given)
  if (error instanceof ChatopsError) return error.exitCode
  return isUsage(error) ? 2 : 1
}

/** For people, on standard error. An error without a code is a bug: it shows where it came up. */
export function errorLines(given: Error): string[] {
  const error = systemError(given)
  if (error instanceof ChatopsError) return [headline(error.message), dim(error.hint), dim(error.code)]
  if (!isUsage(error)) return [headline(error.stack ?? error.message)]
  const { message, hint } = usageProblem(error)
  return [headline(message), dim(hint)]
}

const headline = (text: string): string => `${styleText("red", "✖", { stream: process.stderr })} ${text}`
const dim = (text: string): string => styleText("dim", `  ${text}`, { stream: process.stderr })
