import { ChatopsError } from "../errors/chatops-error.ts"
import { nearestSpelling } from "../errors/nearest-spelling.ts"
import type { AppConfig, EnvironmentConfig } from "./app-config.ts"

/**
 * The environment called `name`; without a name the only one, or `local`.
 * @throws {ChatopsError} ENVIRONMENT_UNKNOWN
 */
export function chooseEnvironment({ environments }: Pick<AppConfig, "environments">, name?: string): EnvironmentConfig {
  const [only, ...others] = environments
  if (name === undefined && only !== undefined && others.length === 0) return only
  const chosen = environments.find(environment => environment.name === (name ?? "local"))
  if (chosen !== undefined) return chosen
  const names = environments.map(environment => environment.name)
  const known = names.map(known => `\`${known}\``).join(", ")
  const suggestion = name === undefined ? undefined : nearestSpelling(name, names)
  const guess = suggestion === undefined ? "" : ` Did you mean \`${suggestion}\`?`
  const message =
    name === undefined
      ? "Several environments, and none is called `local`"
      : `No environment \`${name}\` in chatops.yaml`
  throw new ChatopsError("ENVIRONMENT_UNKNOWN", `${message}; there is ${known}.${guess}`, {
    details: { name, environments: names, suggestion },
  })
}
