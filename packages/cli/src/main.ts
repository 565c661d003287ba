import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { flush } from "@oclif/core/flush"
import { run } from "@oclif/core/run"

const typed = process.argv.slice(2)
/** `chatops help deploy` is what people type who know git. */
const argv = typed[0] === "help" ? [...typed.slice(1), "--help"] : typed
const manifest = createRequire(import.meta.url)("../package.json")

try {
  await run(argv, {
    root: fileURLToPath(new URL("..", import.meta.url)),
    // Finding plugins takes longer than many a command, and none of ours needs one. Nobody else's are run.
    pjson: isOwn(argv[0]) ? { ...manifest, oclif: { ...manifest.oclif, plugins: [] } } : manifest,
    userPlugins: false,
    devPlugins: false,
  })
  await flush()
} catch (error) {
  // What commands throw they report themselves; here arrive a command that does not exist, and plugins' own errors.
  const { reportFailure } = await import("./render/report-failure.ts")
  await reportFailure(error as Error, argv, new URL("../oclif.manifest.json", import.meta.url))
}

/** A command or a topic of ours, by the file or directory that it lies in. */
function isOwn(word = ""): boolean {
  const path = /^[a-z]+$/.test(word) ? `./commands/${word}` : undefined
  return path !== undefined && [path, `${path}.js`].some(file => existsSync(new URL(file, import.meta.url)))
}
