import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { appJsonSchema } from "../packages/stacks/src/config/json-schema.ts"
import { targetConfigs } from "../packages/stacks/src/config/targets-config.ts"
import { catalog } from "../packages/stacks/src/errors/catalog.ts"
import { commandReference, type ManifestCommand } from "./generate/command-reference.ts"
import { errorReference } from "./generate/error-reference.ts"

/** Writes every file that is made from code; with `--check` only says which are out of date. Needs a build. */
const root = new URL("..", import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(root, "packages/cli/oclif.manifest.json"), "utf8"))

const files: Readonly<Record<string, string>> = {
  "packages/stacks/schema/chatops.schema.json": `${JSON.stringify(appJsonSchema(targetConfigs), null, 2)}\n`,
  "docs/commands.md": commandReference(Object.values(manifest.commands as Record<string, ManifestCommand>)),
  "docs/errors.md": errorReference(catalog),
}

const stale = Object.entries(files).filter(([file, content]) => present(file) !== content)
if (process.argv.includes("--check")) {
  for (const [file] of stale) console.log(`${file} is out of date: pnpm generate`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const [file, content] of stale) writeFileSync(join(root, file), content)
}

function present(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8")
  } catch {
    return undefined
  }
}
