import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { describe, expect, it, onTestFinished } from "vitest"
import { checkout, cliDirectory, notBuilt, sayIfNotBuilt } from "./testing/built-command-line.ts"
import { runChatops, startChatops } from "./testing/run-chatops.ts"
import { chatopsYaml, scratchDirectory } from "./testing/scratch-directory.ts"
import { noTerminal, Terminal } from "./testing/terminal.ts"

/** A Node on this machine that chatops is too new for. */
const oldNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map(directory => join(directory, "node"))
  .find(node => existsSync(node) && Number(/^v(\d+)/.exec(version(node))?.[1]) < 24)

function version(node: string): string {
  try {
    return execFileSync(node, ["--version"], { encoding: "utf8", stdio: "pipe" })
  } catch {
    // A version manager's stand-in for a Node that is not chosen.
    return ""
  }
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

const name = `node-${process.platform}-${process.arch}`
const notInstalled = existsSync(join(checkout, "node_modules", name)) ? undefined : `no package ${name} is installed`

/** What chatops.cjs does on an old Node; any Node can do it. Its argument is the program that is handed over. */
const wrapper = `
  process.argv.splice(1, 1)
  require(${JSON.stringify(join(cliDirectory, "bin", "bundled-node.cjs"))}).runWithBundledNode()
`

/** Counts the interrupts, ends with 130 when it is told to on standard input, or by a signal. */
const program = `
  let interrupts = 0
  const say = text => process.stdout.write(text + "\\n")
  process.on("SIGINT", () => say("interrupt " + ++interrupts))
  process.on("SIGTERM", () => say("terminated"))
  process.stdin.setEncoding("utf8").on("data", text => {
    if (text.includes("end")) process.stdout.write("done\\n", () => process.exit(130))
    if (text.includes("die")) process.kill(process.pid, "SIGKILL")
  })
  say("ready on " + process.version)
`

function files(): string[] {
  const directory = scratchDirectory({ "wrapper.cjs": wrapper, "program.cjs": program })
  return ["wrapper.cjs", "program.cjs"].map(name => join(directory, name))
}

function started() {
  // A process group of its own has no terminal: a signal reaches the process that it is sent to, and no other.
  const child = spawn(process.execPath, files(), { stdio: ["pipe", "pipe", "inherit"], detached: true })
  onTestFinished(() => void child.kill("SIGKILL"))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, next: async () => (await lines.next()).value as string, end: once(child, "exit") }
}

describe.skipIf(notInstalled)(
  "an old Node that hands over to the installed one",
  { meta: { skipReason: notInstalled } },
  () => {
    it.each([
      ["SIGINT", "interrupt 1"],
      ["SIGTERM", "terminated"],
    ] as const)("passes %s on, stays until the other has ended, and ends with its exit code", async (signal, said) => {
      const { child, next, end } = started()
      expect(await next()).toMatch(/^ready on v24\./)
      child.kill(signal)
      expect(await next()).toBe(said)
      expect([child.exitCode, child.signalCode]).toEqual([null, null])
      child.stdin.end("end\n")
      expect(await end).toEqual([130, null])
    })

    it("dies of what the other died of", async () => {
      const { child, next, end } = started()
      await next()
      child.stdin.end("die\n")
      expect(await end).toEqual([null, "SIGKILL"])
    })

    it.skipIf(noTerminal)(
      "leaves Ctrl-C to the terminal, which sends it to both",
      { meta: { skipReason: noTerminal } },
      async () => {
        const terminal = new Terminal([process.execPath, ...files()])
        await terminal.shows(/ready on/)
        terminal.type("\u0003")
        await terminal.shows(/interrupt 1/)
        terminal.type("end\n")
        expect(await terminal.end()).toBe(130)
        // The terminal echoes the key that was typed.
        const said = terminal.screen.replace("^C", "").match(/^(interrupt|done|terminated).*/gm)
        expect(said).toEqual(["interrupt 1", "done"])
      },
    )
  },
)
