import { spawn } from "node:child_process"
import { join } from "node:path"

/** Runs vitest with the project's summary. Further arguments go to vitest: `npm test -- --project unit packages/cli`. */
const root = new URL("..", import.meta.url).pathname
const reporters = ["--reporter=default", `--reporter=${join(root, "tools/test-summary.ts")}`]

const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...process.argv.slice(2)]
const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
child.once("close", code => {
  process.exitCode = code ?? 1
})
