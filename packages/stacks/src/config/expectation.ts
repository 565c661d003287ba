import type * as z from "zod"

/** What a schema without a text of its own expected, as the end of a sentence. Given to zod as its error map. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return types[issue.expected] ?? issue.expected
    case "invalid_value":
      return oneOf(issue.values.map(String))
    case "invalid_union":
      return Array.isArray(issue.options) ? oneOf(issue.options.map(String)) : "something else"
    case "too_small":
      return issue.origin === "array" ? "at least one item" : "text that is not empty"
    case "unrecognized_keys":
      return oneOf(acceptedKeys(issue.inst))
    default:
      return issue.message ?? "something else"
  }
}

/** Keys that the schema which raised an issue accepts. */
function acceptedKeys(schema: unknown): readonly string[] {
  const shape = (schema as z.core.$ZodObject | undefined)?._zod.def.shape
  return Object.keys(shape ?? {})
}

/** `one of a, b, c`, each in backquotes; `explain.ts` reads the candidates back with `candidates`. */
function oneOf(words: readonly string[]): string {
  const quoted = words.map(word => `\`${word}\``).join(", ")
  return words.length === 1 ? quoted : `one of ${quoted}`
}

const types: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map of keys to values",
  record: "a map of names to settings",
  array: "a list",
}
