import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Runs vitest, then says what was skipped and why, and closes with the count of the runner's own report. */
const root = new URL("..", import.meta.url).pathname
const scratch = mkdtempSync(join(tmpdir(), "chatops-test-"))
const report = join(scratch, "report.json")

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numFailedTestSuites: number
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly meta?: { readonly skipReason?: string }
    }[]
  }[]
}

const args = ["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`, ...process.argv.slice(2)]
const child = spawn(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
})
const code = await new Promise<number>(resolve => child.once("close", status => resolve(status ?? 1)))

try {
  const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  ) as Report
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "skipped" || status === "pending")
  for (const { fullName, meta } of skipped)
    console.log(`skipped: ${fullName}${meta?.skipReason ? ` (${meta.skipReason})` : ""}`)
  // A suite that could not even be loaded has no failed test of its own.
  const failed = numFailedTests === 0 && (code !== 0 || numFailedTestSuites > 0) ? 1 : numFailedTests
  console.log(`\n${numPassedTests} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : code
} catch {
  console.log("the test runner left no report\n\n0 passed, 1 failed")
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
