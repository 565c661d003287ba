import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"

/** A directory with these files, gone when the test is. */
export function scratchDirectory(files: Readonly<Record<string, string>> = {}): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "chatops-cli-")))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}

/** A chatops.yaml with these environments, each of one region. */
export const chatopsYaml = (...environments: readonly string[]): string =>
  [
    "app: bot",
    "chat: { model: gpt-5-mini, upstreams: [{ name: simulator, simulator: {} }] }",
    "environments:",
    ...environments.map(name => `  ${name}: { target: local, regions: { east: {} }, durability: async }`),
    "",
  ].join("\n")
