import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Environment } from "@chatops/stacks"
import { ChatopsError } from "@chatops/stacks/errors"

const configFile = "chatops.yaml"

/** Loads the app and chooses one of its environments. Throws CONFIG_NOT_FOUND, ENVIRONMENT_UNKNOWN and what loading throws. */
export async function findEnvironment(
  appFlag: string | undefined,
  name: string | undefined,
  start = process.cwd(),
): Promise<Environment> {
  const appDirectory = findApp(appFlag, start)
  // Parsers and schemas are half of what a command loads: not before there is something to parse.
  const { chooseEnvironment, environmentOf, loadConfig } = await import("./load-app.ts")
  const app = await loadConfig(appDirectory)
  return environmentOf(app, appDirectory, chooseEnvironment(app, name))
}

/** The directory given, or the nearest one from `start` upwards with a chatops.yaml, or the quickstart below a checkout's root. */
export function findApp(given: string | undefined, start = process.cwd()): string {
  if (given !== undefined) {
    const directory = resolve(start, given)
    if (existsSync(join(directory, configFile))) return directory
    throw new ChatopsError("CONFIG_NOT_FOUND", `there is no ${configFile} in ${directory}`)
  }
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, configFile))) return directory
    if (existsSync(join(directory, "quickstart", configFile))) return join(directory, "quickstart")
    if (directory === dirname(directory)) break
  }
  throw new ChatopsError("CONFIG_NOT_FOUND", `there is no ${configFile} in ${start} or above it`)
}
