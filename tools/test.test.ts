import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { expect, it } from "vitest"

const root = new URL("..", import.meta.url).pathname

/** What somebody sees who runs these tests on a machine that has no Pulumi CLI. */
function runWithoutPulumi(file: string): Promise<{ code: number; output: string }> {
  const paths = (process.env["PATH"] ?? "").split(delimiter).filter(path => !existsSync(join(path, "pulumi")))
  const env = {
    ...process.env,
    PATH: paths.join(delimiter),
    CHATOPS_CACHE: "/nowhere",
    NO_COLOR: "1",
    VITEST: undefined,
  }
  const args = ["--conditions=chatops-source", join(root, "tools/test.ts"), "--project", "e2e", file]
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    )
  })
}

it("a machine that cannot deploy is a failure with its reason, not a success without the tests that deploy", async () => {
  const { code, output } = await runWithoutPulumi("test/side-by-side.test.ts")
  expect(output).toContain("no Pulumi CLI")
  expect(output).toMatch(/^0 passed, [12] failed$/m)
  expect(code).toBe(1)
})
