const { spawnSync } = require("node:child_process")
const { dirname, join } = require("node:path")

/** Runs the same command line on the Node that was installed beside chatops, when the first one on PATH is too old. */
exports.runWithBundledNode = () => {
  const node = bundledNode()
  if (!node) {
    process.stderr.write(
      `chatops needs Node 24 or newer; this is ${process.version}. Install it, or run chatops through npx in its checkout.\n`,
    )
    process.exit(3)
  }
  const { status, signal } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" })
  if (signal) process.kill(process.pid, signal)
  process.exit(status === null ? 1 : status)
}

function bundledNode() {
  try {
    const paths = [join(__dirname, "..", "..", "..")]
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`, { paths })
    return join(dirname(manifest), "bin", "node")
  } catch {
    return undefined
  }
}
