// `npm start`: installs, builds, makes the quickstart an app of its own, deploys it, and says what to try next.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { buildAll, install } from "./install.mjs"
import { findNode24 } from "./node-24.mjs"
import { root } from "./root.mjs"
import { run } from "./run.mjs"

try {
  await install()
  await buildAll()
  const node = findNode24()
  const chatops = join(root, "packages/cli/bin/chatops.cjs")
  const quickstart = join(root, "quickstart")
  if (!existsSync(join(quickstart, "chatops.yaml"))) {
    // Its advice is to deploy, which is what comes next.
    await run(node, [chatops, "init", quickstart, "--yes", "--from", join(root, "examples/quickstart")], {
      quiet: true,
    })
    process.stdout.write("quickstart/ is an app now: chatops.yaml, prompts, a git repository of its own\n")
  }
  await run(node, [chatops, "deploy", "--app", quickstart, "--env", "local", "--yes"])
} catch (error) {
  if (error.exitCode === undefined) process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode ?? 1
}
