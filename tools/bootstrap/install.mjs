import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { findNode24 } from "./node-24.mjs"
import { root } from "./root.mjs"
import { run } from "./run.mjs"
import { unlessDone } from "./unless-done.mjs"

/** Pinned here and not as `packageManager`: pnpm would want to record itself in the lockfile, from a registry that may not have it. */
const pnpm = "pnpm@12.21.0"

/** Installs what the lockfile names, unless that was done already. */
export async function install() {
  const installation = {
    home: root,
    name: "install",
    title: "Installing packages",
    inputs: ["pnpm-lock.yaml", "package.json", "pnpm-workspace.yaml"],
    outputs: ["cli", "runtime", "stacks"].map(name => `packages/${name}/node_modules`),
  }
  // pnpm itself runs on whatever Node npm has.
  await unlessDone(installation, () =>
    run("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], { quiet: true, env: { CI: "true" } }),
  )
}

/** Bundles what is run, unless no source changed since. */
export async function buildAll() {
  const build = {
    home: root,
    name: "build",
    title: "Building",
    inputs: [
      "tools/build.ts",
      ...sourceFiles("tools/build"),
      "tools/command-manifest.ts",
      "pnpm-lock.yaml",
      ...sourceFiles("packages"),
    ],
    outputs: [
      "packages/runtime/bundle/build.json",
      "packages/stacks/bundle/build.json",
      "packages/cli/bundle/help.txt",
      "packages/cli/oclif.manifest.json",
    ],
  }
  await unlessDone(build, () => run(findNode24(), ["tools/build.ts"], { quiet: true }))
}

function sourceFiles(directory) {
  return readdirSync(join(root, directory)).flatMap(entry => {
    if (["node_modules", "dist", "bundle"].includes(entry)) return []
    const file = `${directory}/${entry}`
    return statSync(join(root, file)).isDirectory() ? sourceFiles(file) : [file]
  })
}
