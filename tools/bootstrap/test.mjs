// `npm test`: every test that this machine allows, and what was skipped and why.
import { buildAll, install } from "./install.mjs"
import { findNode24 } from "./node-24.mjs"
import { run } from "./run.mjs"

try {
  await install()
  await buildAll()
  await run(findNode24(), ["tools/test.ts", ...process.argv.slice(2)])
} catch (error) {
  if (error.exitCode === undefined) process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode ?? 1
}
