const { spawn } = require("node:child_process")
const { closeSync, openSync } = require("node:fs")
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
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" })
  // Whoever stops this process means the command. A terminal sends Ctrl-C to both, and a second one would end it at once.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  const terminal = hasTerminal()
  process.on("SIGINT", () => terminal || child.kill("SIGINT"))
  child.on("error", error => {
    process.stderr.write(`chatops could not start ${node}: ${error.message}\n`)
    process.exit(3)
  })
  child.on("exit", (status, signal) => {
    if (signal === null) process.exit(status)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"))
    return true
  } catch {
    return false
  }
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
