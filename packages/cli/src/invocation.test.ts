import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { invocation } from "./invocation.ts"
import { scratchDirectory } from "./testing/scratch-directory.ts"

/** A checkout, apps in it and elsewhere, and directories that may be on PATH. */
function machine(): string {
  const home = scratchDirectory({
    "chatops/package.json": "{}",
    "chatops/packages/cli/bin/chatops.cjs": "",
    "chatops/quickstart/chatops.yaml": "",
    "chatops/other/package.json": "{}",
    "elsewhere/chatops.yaml": "",
    "stranger/chatops": "",
    "linked/else": "",
    "chatops/node_modules/.bin/else": "",
  })
  for (const bin of ["linked", "chatops/node_modules/.bin"])
    symlinkSync(join(home, "chatops/packages/cli/bin/chatops.cjs"), join(home, bin, "chatops"))
  return home
}

it.each([
  ["in the checkout", "chatops", [], "npx chatops"],
  ["in an app within it", "chatops/quickstart", [], "npx chatops"],
  ["in an app within it that has packages of its own", "chatops/other", [], "node <bin>"],
  ["in an app elsewhere, where npx would fetch a stranger's", "elsewhere", [], "node <bin>"],
  ["with the program linked on PATH", "elsewhere", ["linked"], "chatops"],
  ["with another program of that name on PATH", "elsewhere", ["stranger"], "node <bin>"],
  ["started by npx, whose PATH is not the user's", "chatops", ["chatops/node_modules/.bin"], "npx chatops"],
])("%s chatops is started so that it is ours", (_name, directory, paths, expected) => {
  const home = machine()
  const path = paths.map(entry => join(home, entry)).join(":")
  const cli = join(home, "chatops/packages/cli")
  const program = join(cli, "bin/chatops.cjs")
  expect(invocation(join(home, directory), { path, home: cli })).toBe(expected.replace("<bin>", program))
})
