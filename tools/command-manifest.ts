import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

/** Writes what oclif wants to know of every command, so that it need not load them to find out. */
const cli = new URL("../packages/cli/", import.meta.url).pathname
interface OclifPlugin {
  readonly manifest: unknown
  load(): Promise<void>
}

// oclif is the command line's dependency, not the workspace's.
const { Plugin } = createRequire(join(cli, "package.json"))("@oclif/core") as {
  Plugin: new (options: object) => OclifPlugin
}

const plugin = new Plugin({ root: cli, type: "core", ignoreManifest: true, errorOnManifestCreate: true })
await plugin.load()
writeFileSync(join(cli, "oclif.manifest.json"), `${JSON.stringify(plugin.manifest)}\n`)
