import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { pulumiVersion } from "./engine/pulumi-version.ts"
import { checkout, cliDirectory, notBuilt, sayIfNotBuilt } from "./testing/built-command-line.ts"
import { version } from "./version.ts"

const run = promisify(execFile)
const manifest = JSON.parse(readFileSync(join(cliDirectory, "package.json"), "utf8"))

sayIfNotBuilt("what is answered ahead of time")

describe.skipIf(notBuilt)("what is answered ahead of time", () => {
  it.each([
    ["help.txt", "--help"],
    ["version.txt", "--version"],
  ])("%s is what oclif itself prints for %s", async (file, argument) => {
    const { stdout } = await run(process.execPath, [join(cliDirectory, "bundle", "main.js"), argument], {
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, COLUMNS: "100", NODE_ENV: "" },
    })
    expect(readFileSync(join(cliDirectory, "bundle", file), "utf8")).toBe(stdout)
  })
})

describe("versions that are written in several places", () => {
  it("are the package's own", () => {
    expect(version).toBe(manifest.version)
  })

  it("are one version of Pulumi: the SDK installed, the pin, the sources of the CLI, and what the engine looks for", () => {
    const installed = JSON.parse(readFileSync(join(cliDirectory, "node_modules/@pulumi/pulumi/package.json"), "utf8"))
    const { catalog } = parse(readFileSync(join(checkout, "pnpm-workspace.yaml"), "utf8"))
    const goModule = readFileSync(join(checkout, "tools/pulumi-cli/go.mod"), "utf8")
    expect({
      installed: installed.version,
      pinned: catalog["@pulumi/pulumi"],
      built: /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(goModule)?.[1],
    }).toEqual({ installed: pulumiVersion, pinned: pulumiVersion, built: pulumiVersion })
  })
})
