import { parseArgs } from "node:util"

export interface Flags {
  readonly length: "short" | "usual" | "long"
  /** Random schedules only. */
  readonly random: boolean
  readonly trace: boolean
  readonly json: boolean
  readonly count: number
  readonly seed: number
}

const usage =
  "usage: pnpm simulate [--short | --long] [--random] [--count <schedules>] [--seed <seed>] [--trace] [--json]"

/** So many schedules take about a minute on one core, and a few seconds. */
const usualCount = 4_000
const shortCount = 300

/** Says what is wrong with them, and ends the process, where something is. */
export function flagsOf(given: readonly string[]): Flags {
  const { tokens } = parseArgs({ args: [...given], strict: false, tokens: true, options })
  const unknown = tokens.flatMap(token => {
    if (token.kind === "option-terminator") return ["--"]
    if (token.kind === "positional") return [token.value]
    return Object.hasOwn(options, token.name) ? [] : [token.rawName]
  })
  if (unknown.length > 0) refuse(`unknown: ${unknown.join(" ")}`)
  const { values } = parseArgs({ args: [...given], options })
  return {
    length: values.short ? "short" : values.long ? "long" : "usual",
    random: values.random,
    trace: values.trace,
    json: values.json,
    count: wholeNumber("--count", values.count) ?? (values.short ? shortCount : usualCount),
    seed: wholeNumber("--seed", values.seed) ?? 1,
  }
}

const options = {
  short: { type: "boolean", default: false },
  long: { type: "boolean", default: false },
  random: { type: "boolean", default: false },
  trace: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  count: { type: "string" },
  seed: { type: "string" },
} as const

function wholeNumber(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,9}$/.test(value)) refuse(`${flag}: ${value} is no whole number`)
  return Number(value)
}

function refuse(what: string): never {
  console.error(`${what}\n${usage}`)
  process.exit(2)
}
