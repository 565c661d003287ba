import type * as z from "zod"
import { badRequest, type RequestError } from "../request-error.ts"

/** Parameters of a route: those that do something, and those of OpenAI's dialect that must not ask for anything. */
export interface ParameterRules<Shape extends z.ZodRawShape> {
  readonly supported: z.ZodObject<Shape>
  /** By name, the values that change nothing; `null` always is one. */
  readonly neutral: Readonly<Record<string, z.ZodType>>
}

/**
 * The supported parameters of a body; `null` counts as left out, as in OpenAI's API. Throws a 400 that names the first
 * parameter that is unknown, not supported, missing or wrong.
 */
export function checkBody<Shape extends z.ZodRawShape>(
  body: unknown,
  rules: ParameterRules<Shape>,
): z.output<z.ZodObject<Shape>> {
  if (!isObject(body)) throw badRequest("invalid_type", "The body must be a JSON object.")
  const given = Object.entries(body).filter(([, value]) => value !== null)
  const supported: [string, unknown][] = []
  for (const [name, value] of given) {
    if (Object.hasOwn(rules.supported.shape, name)) supported.push([name, value])
    else checkNeutral(name, value, rules.neutral)
  }
  for (const name of Object.keys(body)) {
    if (!Object.hasOwn(rules.supported.shape, name) && !Object.hasOwn(rules.neutral, name)) throw unknownParameter(name)
  }
  const input = Object.fromEntries(supported)
  const result = rules.supported.safeParse(input)
  if (result.success) return result.data
  throw fromIssue(result.error.issues[0], input)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function checkNeutral(name: string, value: unknown, neutral: Readonly<Record<string, z.ZodType>>): void {
  const rule = Object.hasOwn(neutral, name) ? neutral[name] : undefined
  if (rule === undefined) throw unknownParameter(name)
  const result = rule.safeParse(value)
  if (result.success) return
  const param = pathOf([name, ...(result.error.issues[0]?.path ?? [])])
  throw badRequest("unsupported_parameter", `'${param}' is not supported with this value: text only.`, param)
}

function unknownParameter(name: string): RequestError {
  return badRequest("unknown_parameter", `Unknown parameter: '${name}'.`, name)
}

function fromIssue(issue: z.core.$ZodIssue | undefined, input: unknown): RequestError {
  const path = issue?.path ?? []
  const param = pathOf(path)
  if (valueAt(input, path) === undefined) {
    return badRequest("missing_parameter", `Missing required parameter: '${param}'.`, param)
  }
  if (issue?.code === "invalid_type") {
    return badRequest("invalid_type", `Invalid type for '${param}': expected ${issue.expected}.`, param)
  }
  if (issue?.code === "unrecognized_keys") {
    const inner = pathOf([...issue.path, issue.keys[0] ?? ""])
    return badRequest("unknown_parameter", `Unknown parameter: '${inner}'.`, inner)
  }
  return badRequest("invalid_value", `Invalid value for '${param}': ${issue?.message ?? "not accepted"}.`, param)
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], input)
}

/** `messages[2].content` */
export function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, part) => {
    if (typeof part === "number") return `${before}[${part}]`
    return before === "" ? String(part) : `${before}.${String(part)}`
  }, "")
}
