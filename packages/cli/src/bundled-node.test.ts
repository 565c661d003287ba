import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { describe, expect, it } from "vitest"
import { notBuilt, sayIfNotBuilt } from "./testing/built-command-line.ts"
import { runChatops, startChatops } from "./testing/run-chatops.ts"
import { chatopsYaml, scratchDirectory } from "./testing/scratch-directory.ts"

/** A Node on this machine that chatops is too new for. */
const oldNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map(directory => join(directory, "node"))
  .find(node => existsSync(node) && Number(/^v(\d+)/.exec(version(node))?.[1]) < 24)

function version(node: string): string {
  return execFileSync(node, ["--version"], { encoding: "utf8" })
}

const why = notBuilt ?? (oldNode === undefined ? "there is no Node older than 24 on PATH" : undefined)
sayIfNotBuilt("the command line on an old Node")

describe.skipIf(why)("a command line that an old Node runs", { meta: { skipReason: why } }, () => {
  const surroundings = () => ({
    cwd: scratchDirectory({ "chatops.yaml": chatopsYaml("local") }),
    ...(oldNode !== undefined && { node: oldNode }),
  })

  it("is run by the Node that came with chatops, with its exit code and output", async () => {
    const { code, stdout } = await runChatops(["status", "--json"], surroundings())
    expect([code, JSON.parse(stdout).error.code]).toEqual([6, "NOT_DEPLOYED"])
  })

  it("passes on what it is told to end with, and leaves nothing running", async () => {
    const child = startChatops(["status", "--watch", "--json"], surroundings())
    await createInterface({ input: child.stdout! })[Symbol.asyncIterator]().next()
    child.kill("SIGTERM")
    // The pipe closes when the last process that writes to it has ended.
    expect(await once(child, "close")).toEqual([0, null])
  })
})
