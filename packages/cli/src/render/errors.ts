import { styleText } from "node:util"
import { ChatopsError, systemError } from "@chatops/stacks/errors"
import type { ErrorResult } from "../results/error.ts"

export function errorDocument(given: Error): ErrorResult {
  const error = systemError(given)
  if (error instanceof ChatopsError)
    return { error: { code: error.code, message: error.message, hint: error.hint, details: error.details } }
  return { error: { code: isUsage(error) ? "USAGE" : "INTERNAL", message: error.message, hint: null, details: {} } }
}

export function errorExitCode(given: Error): number {
  const error = systemError(given)
  if (error instanceof ChatopsError) return error.exitCode
  return isUsage(error) ? 2 : 1
}

export function errorLines(given: Error): string[] {
  const error = systemError(given)
  const mark = styleText("red", "✖", { stream: process.stderr })
  if (!(error instanceof ChatopsError))
    return [`${mark} ${isUsage(error) ? error.message : (error.stack ?? error.message)}`]
  return [
    `${mark} ${error.message}`,
    styleText("dim", `  ${error.hint}`, { stream: process.stderr }),
    styleText("dim", `  ${error.code}`, { stream: process.stderr }),
  ]
}

/** What oclif throws for a wrong command line. */
const isUsage = (error: Error): boolean => "oclif" in error
