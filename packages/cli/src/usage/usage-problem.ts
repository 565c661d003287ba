import { nearestSpelling } from "@chatops/stacks/errors"
import { UsageError } from "./usage-error.ts"

/** What oclif knows of a flag that does not exist. */
interface NonExistentFlags {
  readonly flags: readonly string[]
  readonly parse: { readonly input: { readonly flags: Readonly<Record<string, unknown>> } }
}

/** What oclif throws for a wrong command line, and what we throw for one. */
export const isUsage = (error: Error): boolean => "oclif" in error

export function usageProblem(error: Error): { message: string; hint: string } {
  if (error instanceof UsageError) return { message: error.message, hint: error.hint }
  const message = inOneLine(error.message.replace(/\nSee more help with --help$/, ""))
  const meant = hasUnknownFlags(error) ? nearestFlag(error) : undefined
  return { message, hint: meant ? `Did you mean \`${meant}\`? --help shows all.` : "--help shows what is accepted." }
}

/** `Parsing --tail \n\tExpected …` as `--tail: Expected …`, and arguments that are missing behind one another. */
function inOneLine(message: string): string {
  const lines = message.split("\n").map(line => line.trim().replace(/ {2,}/g, ": "))
  const [first = "", ...rest] = lines.filter(line => line !== "")
  if (rest.length === 0) return first
  return `${first.replace(/^Parsing /, "").replace(/:?$/, ":")} ${rest.join("; ")}`
}

function nearestFlag({ flags: [typed = ""], parse }: NonExistentFlags): string | undefined {
  if (!typed.startsWith("--")) return undefined
  const known = [...Object.keys(parse.input.flags), "help"]
  const nearest = nearestSpelling(typed.slice(2), known)
  return nearest && `--${nearest}`
}

function hasUnknownFlags(error: unknown): error is NonExistentFlags {
  const { flags, parse } = error as Partial<NonExistentFlags>
  return Array.isArray(flags) && parse !== undefined
}
