import type { Finding } from "./finding.ts"
import type { TargetConfig } from "./target-config.ts"

/** The document with a known target wherever `found` objects to one; nothing when it objects to none. */
export function withGuessedTargets(
  value: unknown,
  found: readonly Finding[],
  targets: readonly TargetConfig[],
): unknown | undefined {
  const guesses = found.flatMap(({ path: [root, environment, key, ...deeper], suggestion }) =>
    root === "environments" && key === "target" && deeper.length === 0 && environment !== undefined
      ? [[String(environment), suggestion ?? targets[0]?.name] as const]
      : [],
  )
  if (guesses.length === 0 || !isMap(value) || !isMap(value["environments"])) return undefined
  const environments = { ...value["environments"] }
  for (const [name, target] of guesses) environments[name] = { ...asMap(environments[name]), target }
  return { ...value, environments }
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {}
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
