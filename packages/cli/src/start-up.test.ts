import { describe, expect, it } from "vitest"
import { notBuilt, sayIfNotBuilt } from "./testing/built-command-line.ts"
import { runChatops } from "./testing/run-chatops.ts"
import { chatopsYaml, scratchDirectory } from "./testing/scratch-directory.ts"

const loadedTheEngine = 99
const preload = new URL("testing/refuse-engine.mjs", import.meta.url).href

sayIfNotBuilt("what a command loads")

/** The engine's SDK takes longer to load than most commands to run. */
describe.skipIf(notBuilt)("the engine's SDK", () => {
  const run = (args: readonly string[], yaml = chatopsYaml("local")) =>
    runChatops(args, {
      cwd: scratchDirectory({ "chatops.yaml": yaml }),
      env: { NODE_OPTIONS: `--import ${preload}` },
    })

  it.each([
    [["--help"]],
    [["--version"]],
    [["status"]],
    [["logs"]],
    [["history"]],
    [["doctor"]],
    [["keys", "list"]],
    [["secret", "list"]],
    [["open", "--no-browser"]],
    [["chat", "hello"]],
    [["resume"]],
    [["init", "elsewhere", "--yes"]],
  ])("is not loaded by `%j`", async args => {
    expect((await run(args)).code).not.toBe(loadedTheEngine)
  })

  it("is not loaded before a deploy knows that chatops.yaml is right", async () => {
    expect((await run(["deploy", "--yes"], "app: [")).code).toBe(2)
  })

  it("is loaded by a preview, or this would prove nothing", async () => {
    expect((await run(["deploy", "--preview"])).code).toBe(loadedTheEngine)
  })
})
