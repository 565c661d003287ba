import type { Reporter, TestCase, TestModule } from "vitest/node"

/** Ends a run with what was skipped and why, and with the line `N passed, N failed`. */
export default class TestSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const count = (state: string) => tests.filter(test => test.result().state === state).length
    for (const [reason, names] of Map.groupBy(tests.filter(isSkipped), skipReason)) {
      console.log(`skipped, ${reason}:`)
      for (const test of names) console.log(`  ${test.fullName}`)
    }
    // A file that could not be loaded, a failed hook and an error outside of tests are failures without a failed test.
    const broken = modules.filter(
      module => module.state() === "failed" && ![...module.children.allTests("failed")].length,
    )
    console.log(`\n${count("passed")} passed, ${count("failed") + broken.length + errors.length} failed`)
  }
}

const isSkipped = (test: TestCase): boolean => test.result().state === "skipped" || test.result().state === "pending"

/** The note of `context.skip(note)`, `skipReason` in the meta of the test or of a suite around it, or what failed before it. */
function skipReason(test: TestCase): string {
  const result = test.result()
  if (result.state === "skipped" && result.note) return result.note
  for (let task: TestCase["parent"] | TestCase = test; task.type !== "module"; task = task.parent) {
    const { skipReason } = task.meta() as { skipReason?: string }
    if (skipReason) return skipReason
    if (task.parent.errors().length > 0) return "what has to be there before it failed"
  }
  return "not asked for"
}
