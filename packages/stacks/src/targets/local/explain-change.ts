import { isDeepStrictEqual } from "node:util"
import type { AgentSpec } from "./agent/spec.ts"

const longest = 60

/** Parts of a spec whose change is better said than shown. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^bundles\.(replica|migrate)$/, "chatops itself is another version: its replicas are replaced one by one"],
  [/^(programs|bundles)/, "chatops itself is another version: its supervisor restarts"],
  [/^notify/, "others are told of what happens"],
  [/^policy/, "another promise about turns: the primary changes the register"],
  [/^secretVersions/, "a secret was set anew"],
  [/^replicas\.[^.]+\.peers/, "replicas are told of others: each is replaced by one that knows them"],
  [/chat\.prompt$/, "the prompt changed"],
  [/^(directory|socket|gateway\.control)$/, "its place on this machine changed"],
]

/** Says in a few lines, for people, how a wanted spec differs from the present one. */
export function explainChange(present: AgentSpec, wanted: AgentSpec): string[] {
  const lines = differences(present, wanted, "").map(({ path, from, to }) => {
    const sentence = sentences.find(([pattern]) => pattern.test(path))?.[1]
    return sentence ?? `${readable(path)}: ${show(from)} → ${show(to)}`
  })
  return [...new Set(lines)]
}

interface Difference {
  readonly path: string
  readonly from: unknown
  readonly to: unknown
}

function differences(from: unknown, to: unknown, path: string): Difference[] {
  if (isDeepStrictEqual(from, to)) return []
  if (!isObject(from) || !isObject(to)) return [{ path, from, to }]
  const [before, after] = [byName(from), byName(to)]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys.flatMap(key => differences(before[key], after[key], path ? `${path}.${key}` : key))
}

/** Members of a list by what they are called, so that one that leaves does not make all after it look changed. */
function byName(value: Record<string, unknown> | readonly unknown[]): Record<string, unknown> {
  if (!Array.isArray(value)) return value as Record<string, unknown>
  return Object.fromEntries(value.map((member, index) => [nameOf(member) ?? String(index), member]))
}

function nameOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  const name = value["id"] ?? value["replica"] ?? value["name"] ?? value["region"]
  return typeof name === "string" ? name : undefined
}

/** `replicas.r1.chat.model` → `replicas chat model`: what is the same in every replica is said once. */
function readable(path: string): string {
  return path
    .replace(/^replicas\.[^.]+$/, "replica")
    .replace(/^replicas\.[^.]+\./, "replicas ")
    .replace(/^gateway\.backends\.[^.]+$/, "gateway backend")
    .replace(/^gateway\.backends\.[^.]+\./, "gateway backends ")
    .replaceAll(".", " ")
}

function show(value: unknown): string {
  if (value === undefined) return "absent"
  const text = nameOf(value) ?? (typeof value === "string" ? value : JSON.stringify(value))
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
