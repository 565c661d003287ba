// `npm test`: every test that this machine allows, and what was skipped and why.
import { buildAll, install } from "./install.mjs"
import { findNode24 } from "./node-24.mjs"
import { run } from "./run.mjs"

try {
  await install()
  await buildAll()
  // Tests deploy for real, and fail where the engine's CLI cannot be had; this installs or builds it, or says why not.
  await run(findNode24(), ["packages/cli/bin/chatops.cjs", "doctor", "--fix"]).catch(() => undefined)
  await run(findNode24(), ["--conditions=chatops-source", "tools/test.ts", ...process.argv.slice(2)])
} catch (error) {
  if (error.exitCode === undefined) process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode ?? 1
}
