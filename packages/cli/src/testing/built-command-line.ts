import { existsSync } from "node:fs"
import { join } from "node:path"

export const cliDirectory = join(import.meta.dirname, "..", "..")
export const checkout = join(cliDirectory, "..", "..")

/** Why tests of what was built do not run here; undefined when they do. */
export const notBuilt = existsSync(join(cliDirectory, "oclif.manifest.json"))
  ? undefined
  : "the command line is not built (pnpm build)"

/** Says once, in the run's output, why a suite is skipped. */
export function sayIfNotBuilt(suite: string): void {
  if (notBuilt !== undefined) process.stdout.write(`skipped: ${suite}: ${notBuilt}\n`)
}
