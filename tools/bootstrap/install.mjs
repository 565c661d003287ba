import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findNode24 } from "./node-24.mjs"
import { root } from "./root.mjs"
import { run } from "./run.mjs"

/** Pinned here and not as `packageManager`: pnpm would want to record itself in the lockfile, from a registry that may not have it. */
const pnpm = "pnpm@12.21.0"

/** Installs what the lockfile names, unless that was done already. */
export async function install() {
  await unlessDone("install", ["pnpm-lock.yaml", "package.json", "pnpm-workspace.yaml"], "Installing packages", () =>
    // pnpm itself runs on whatever Node npm has.
    run("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], { quiet: true, env: { CI: "true" } }),
  )
}

/** Bundles what is run, unless no source changed since. */
export async function buildAll() {
  const sources = [
    "tools/build.ts",
    ...sourceFiles("tools/build"),
    "tools/command-manifest.ts",
    "pnpm-lock.yaml",
    ...sourceFiles("packages"),
  ]
  await unlessDone("build", sources, "Building", () => run(findNode24(), ["tools/build.ts"], { quiet: true }))
}

/** Does the work only when one of its input files is another than last time. */
async function unlessDone(name, files, title, work) {
  const stampFile = join(root, "node_modules", ".chatops", name)
  const stamp = fingerprint(files)
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return
  const began = Date.now()
  process.stdout.write(`${title} … `)
  await work()
  process.stdout.write(`done (${((Date.now() - began) / 1000).toFixed(1)} s)\n`)
  mkdirSync(join(root, "node_modules", ".chatops"), { recursive: true })
  writeFileSync(stampFile, stamp)
}

function fingerprint(files) {
  const hash = createHash("sha256").update(process.platform + process.arch)
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest("hex")
}

function sourceFiles(directory) {
  return readdirSync(join(root, directory)).flatMap(entry => {
    if (["node_modules", "dist", "bundle"].includes(entry)) return []
    const file = `${directory}/${entry}`
    return statSync(join(root, file)).isDirectory() ? sourceFiles(file) : [file]
  })
}
