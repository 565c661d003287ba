import { access } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { ChatopsError } from "../errors/chatops-error.ts"
import { configFileName } from "./load-config.ts"

/**
 * The app's directory: `start` or the nearest one above it that holds a `chatops.yaml`. Absolute.
 * @throws {ChatopsError} CONFIG_NOT_FOUND
 */
export async function findAppDirectory(start: string): Promise<string> {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    if (await exists(join(directory, configFileName))) return directory
    if (directory === dirname(directory)) break
  }
  throw new ChatopsError("CONFIG_NOT_FOUND", `There is no ${configFileName} in ${resolve(start)} or above it`, {
    details: { directory: resolve(start) },
  })
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
