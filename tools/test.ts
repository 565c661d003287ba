import { spawn } from "node:child_process"
import { join } from "node:path"
import { findPulumi } from "../packages/cli/src/engine/find-pulumi.ts"

/** Runs vitest with the project's summary. Further arguments go to vitest: `npm test -- --project unit packages/cli`. */
const root = new URL("..", import.meta.url).pathname
const reporters = ["--reporter=default", `--reporter=${join(root, "tools/test-summary.ts")}`]

/** Files whose every test deploys. */
const deploying = ["two-regions", "bad-days", "side-by-side"].map(name => `test/${name}.test.ts`)
const why = await findPulumi({ lookOnly: true }).then(
  () => undefined,
  (error: Error) => error.message,
)
const left = why === undefined ? [] : deploying.flatMap(file => ["--exclude", file])

const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...left, ...process.argv.slice(2)]
const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
child.once("close", code => {
  if (why !== undefined) console.log(`skipped, ${why}:\n  ${deploying.join("\n  ")}`)
  process.exitCode = code ?? 1
})
