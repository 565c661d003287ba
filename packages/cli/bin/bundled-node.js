import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

/** Runs the same command line on the Node that was installed beside chatops, when the first one on PATH is too old. */
export function runWithBundledNode() {
  const node = bundledNode()
  if (!node) {
    process.stderr.write(`chatops needs Node 24 or newer; this is ${process.version}. Install it, or run chatops through npx in its checkout.\n`)
    process.exit(3)
  }
  const { status, signal } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" })
  if (signal) process.kill(process.pid, signal)
  process.exit(status ?? 1)
}

function bundledNode() {
  const require = createRequire(import.meta.url)
  const root = new URL("../../..", import.meta.url).pathname
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`, { paths: [root] })
    return join(dirname(manifest), "bin", "node")
  } catch {
    return undefined
  }
}
