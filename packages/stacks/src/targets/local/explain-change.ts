import { isDeepStrictEqual } from "node:util"
import type { AgentSpec } from "./agent/spec.ts"

const longest = 60

/** Parts of a spec whose change is better said than shown. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^programs$/, "chatops itself is another version: its supervisor restarts"],
  [/^secretVersions/, "a secret was set anew"],
  [/chat\.prompt$/, "the prompt changed"],
  [/^(directory|socket)$/, "its place on this machine changed"],
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
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])]
  return keys.flatMap(key => differences(from[key], to[key], path ? `${path}.${key}` : key))
}

/** `replicas.0.chat.model` → `r* chat model`: what is the same in every replica is said once. */
function readable(path: string): string {
  return path
    .replace(/^replicas\.\d+$/, "replica")
    .replace(/^replicas\.\d+\./, "replicas ")
    .replace(/^gateway\.backends\.\d+$/, "gateway backend")
    .replace(/^gateway\.backends\.\d+\./, "gateway backends ")
    .replaceAll(".", " ")
}

function show(value: unknown): string {
  if (value === undefined) return "absent"
  const text =
    isObject(value) && "replica" in value
      ? String(value["replica"])
      : typeof value === "string"
        ? value
        : JSON.stringify(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
