import type * as z from "zod"
import { nearestSpelling, respelled } from "../errors/nearest-spelling.ts"
import { expectation } from "./expectation.ts"
import { type Finding, formatPath, type KeyPath } from "./finding.ts"
import { type KeyHomes, keyHomes } from "./key-homes.ts"
import { keyNotBuiltYet, valueNotBuiltYet } from "./not-built-yet.ts"
import { received } from "./received.ts"

type Issue = z.core.$ZodIssue
type Explained<T> = { readonly data: T } | { readonly findings: readonly Finding[] }

/** Parses a value; what zod objects to comes back as findings in the words of `chatops.yaml`. The only place that reads zod's issues. */
export function explain<T>(schema: z.ZodType<T>, value: unknown): Explained<T> {
  const parsed = schema.safeParse(value, { error: expectation, reportInput: true })
  if (parsed.success) return { data: parsed.data }
  const homes = keyHomes(schema)
  return { findings: withoutEchoes(parsed.error.issues.flatMap(issue => findingsOf(issue, homes))) }
}

/** A misspelt key is missing under its right name as well; one of the two says it all. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings.map(({ path, anchor, suggestion }) =>
      anchor === "key" ? formatPath([...path.slice(0, -1), suggestion ?? ""]) : "",
    ),
  )
  return findings.filter(({ path, anchor }) => anchor !== "parent" || !meant.has(formatPath(path)))
}

function findingsOf(issue: Issue, homes: KeyHomes): readonly Finding[] {
  const path = issue.path.filter(part => typeof part !== "symbol")
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys
        .filter(key => key !== "__proto__")
        .map(key => unknownKey([...path, key], key, issue.message, homes))
    case "invalid_key":
      return [badName(path, issue)]
    case "invalid_union":
      return [issue.discriminator === undefined ? badValue(path, issue) : badTarget(path, issue)]
    default:
      return [issue.input === undefined ? missing(path, issue.message) : badValue(path, issue)]
  }
}

function unknownKey(path: KeyPath, key: string, expected: string, homes: KeyHomes): Finding {
  const suggestion = nearestSpelling(key, candidates(expected))
  const [home, ...others] = homes.get(key) ?? []
  const belongs = home === "" ? "it belongs at the top level" : `it belongs in \`${home}\``
  const accepted = `accepted here: ${expected.replace(/^one of /, "")}`
  const advice = home !== undefined && others.length === 0 ? belongs : accepted
  const message = keyNotBuiltYet(path) ?? (suggestion === undefined ? `unknown key; ${advice}` : "unknown key")
  return { path, anchor: "key", message, expected, received: received(key), suggestion }
}

function missing(path: KeyPath, expected: string): Finding {
  return { path, anchor: "parent", message: `missing; expected ${expected}`, expected, received: "nothing" }
}

function badName(path: KeyPath, issue: z.core.$ZodIssueInvalidKey): Finding {
  const name = String(path.at(-1) ?? "")
  const expected = issue.issues[0]?.message ?? "another name"
  const kind = path[0] === "environments" && path.length === 4 ? "a region" : "an environment"
  const message =
    name === "" ? `${kind} without a name; expected ${expected}` : `expected ${expected}; got ${received(name)}`
  const pattern = issue.issues.find(inner => inner.code === "invalid_format")?.pattern
  return {
    path,
    anchor: "key",
    message,
    expected,
    received: received(name),
    suggestion: name === "" ? undefined : fitting(name, pattern),
  }
}

function badTarget(path: KeyPath, issue: z.core.$ZodIssueInvalidUnion): Finding {
  const environment: unknown = issue.input
  const target =
    typeof environment === "object" && environment !== null && "target" in environment ? environment.target : undefined
  return target === undefined || target === null ? missing(path, issue.message) : wrong(path, issue.message, target)
}

function badValue(path: KeyPath, issue: Issue): Finding {
  const pattern = issue.code === "invalid_format" ? issue.pattern : undefined
  return wrong(path, issue.message, issue.input, pattern)
}

function wrong(path: KeyPath, expected: string, input: unknown, pattern?: string): Finding {
  const why = valueNotBuiltYet(path, input)
  // What stands where a key belongs may be the key, and is neither shown nor guessed at.
  const confidential = path.includes("apiKey")
  const got = confidential && typeof input === "string" ? "a value that is not shown" : received(input)
  const message = why === undefined ? `expected ${expected}; got ${got}` : `${why}; expected ${expected}`
  const written = typeof input === "string" && why === undefined && !confidential ? input : ""
  const suggestion = nearestSpelling(written, candidates(expected)) ?? fitting(written, pattern)
  return { path, anchor: "value", message, expected, received: got, suggestion }
}

/** zod gives a pattern as the text of a literal, `/…/`. */
function fitting(written: string, pattern: string | undefined): string | undefined {
  const source = pattern?.match(/^\/(.*)\/[a-z]*$/s)?.[1]
  return source === undefined ? undefined : respelled(written, new RegExp(source))
}

/** The words in backquotes of an expectation that lists them all. */
function candidates(expected: string): readonly string[] {
  return /^(one of )?`[^`]*`(, `[^`]*`)*$/.test(expected)
    ? Array.from(expected.matchAll(/`([^`]*)`/g), match => match[1] ?? "")
    : []
}
