import { relative } from "node:path"
import type { Environment } from "@chatops/stacks"
import { findApp } from "./find-environment.ts"
import { invocation } from "./invocation.ts"

/** A command as it has to be typed in this directory to mean this environment. */
export function nextCommand(
  command: string,
  { app, appDirectory, config }: Pick<Environment, "app" | "appDirectory" | "config">,
  directory = process.cwd(),
): string {
  const isDefault = app.environments.length === 1 || config.name === "local"
  return [
    `${invocation(directory)} ${command}`,
    ...(isFound(appDirectory, directory) ? [] : [`--app ${quoted(relative(directory, appDirectory))}`]),
    ...(isDefault ? [] : [`--env ${config.name}`]),
  ].join(" ")
}

/** Catalog and messages name commands plainly: each becomes what has to be typed here to mean this environment. */
export const typedCommands = (
  text: string,
  environment: Parameters<typeof nextCommand>[1],
  directory?: string,
): string =>
  text.replaceAll(/`chatops ((?!init|doctor)[^`]*)`/g, (plain: string, words: string) =>
    /--(env|app)\b/.test(words) ? plain : `\`${nextCommand(words, environment, directory)}\``,
  )

function isFound(appDirectory: string, directory: string): boolean {
  try {
    return findApp(undefined, directory) === appDirectory
  } catch {
    return false
  }
}

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
