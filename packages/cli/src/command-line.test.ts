import { once } from "node:events"
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { environmentDirectories } from "@chatops/stacks/state"
import { describe, expect, it } from "vitest"
import { resultSchemas } from "./results/index.ts"
import { notBuilt, sayIfNotBuilt } from "./testing/built-command-line.ts"
import { runChatops, startChatops } from "./testing/run-chatops.ts"
import { chatopsYaml, scratchDirectory } from "./testing/scratch-directory.ts"

const appWith = (yaml = chatopsYaml("local", "prod")) => scratchDirectory({ "chatops.yaml": yaml })

sayIfNotBuilt("the built command line")

describe.skipIf(notBuilt)("a command that cannot succeed", () => {
  const cases: readonly [string, string[], number, string, RegExp][] = [
    ["an unknown flag", ["status", "--wacth"], 2, "USAGE", /Did you mean `--watch`/],
    ["an unknown command", ["stauts"], 2, "USAGE", /Did you mean `chatops status`/],
    ["help for an unknown command", ["help", "stauts"], 2, "USAGE", /Did you mean `chatops status`/],
    ["an unknown command of a topic", ["keys", "creat"], 2, "USAGE", /Did you mean `chatops keys create`/],
    ["a missing argument", ["keys", "revoke"], 2, "USAGE", /^Missing 1 required arg: id: Id of the key\. /],
    ["an argument too many", ["status", "now"], 2, "USAGE", /`chatops status` takes no argument: now/],
    ["a value that is not offered", ["logs", "--level", "loud"], 2, "USAGE", /debug, info, warn, error/],
    ["a number that is too small", ["logs", "--tail", "-3"], 2, "USAGE", /^--tail: Expected an integer .* -3 --help/],
    ["a flag without a command", ["--env", "prod"], 2, "USAGE", /behind the command/],
    ["nothing to ask", ["chat", " "], 2, "USAGE", /nothing to ask/],
    ["a region that is not there", ["logs", "--region", "mars"], 2, "USAGE", /east/],
    [
      "a region to fail over to that is not there",
      ["failover", "--to", "mars", "--yes"],
      2,
      "USAGE",
      /no region mars.*east/,
    ],
    ["two ways that exclude each other", ["failover", "--force", "--planned"], 2, "USAGE", /exclude each other/],
    ["an environment that is not there", ["status", "--env", "prd"], 2, "ENVIRONMENT_UNKNOWN", /Did you mean `prod`/],
    ["an app that is not there", ["status", "--app", "nowhere"], 2, "CONFIG_NOT_FOUND", /nowhere/],
    ["nothing deployed: status", ["status"], 6, "NOT_DEPLOYED", /chatops\S* deploy/],
    ["nothing deployed: open", ["open", "--no-browser"], 6, "NOT_DEPLOYED", /chatops\S* deploy/],
    ["nothing deployed: logs", ["logs"], 6, "NOT_DEPLOYED", /chatops\S* deploy/],
    ["nothing deployed: logs that go on", ["logs", "--follow"], 6, "NOT_DEPLOYED", /chatops\S* deploy/],
    ["nothing deployed: chat", ["chat", "hello"], 6, "NOT_DEPLOYED", /chatops\S* deploy/],
    ["nothing deployed: keys", ["keys", "list"], 6, "NOT_DEPLOYED", /chatops\S* deploy/],
    ["nobody to ask", ["destroy"], 2, "NOT_CONFIRMED", /--yes/],
    ["nothing to resume", ["resume"], 2, "NOTHING_TO_RESUME", /history/],
    ["a name that no secret can have", ["secret", "set", "Open AI"], 2, "SECRET_INVALID", /small letters/],
    ["an empty secret", ["secret", "set", "openai"], 2, "SECRET_INVALID", /not empty/],
    ["a secret that is not there", ["secret", "remove", "openai"], 2, "SECRET_MISSING", /secret list/],
    ["an app that is there already", ["init", ".", "--yes"], 2, "DIRECTORY_NOT_EMPTY", /chatops\.yaml/],
  ]

  it.each(cases)("because of %s tells people and programs the same", async (_name, args, code, errorCode, words) => {
    const cwd = appWith()
    // One after the other: two operations at once would be another error.
    const forPeople = await runChatops(args, { cwd })
    const forPrograms = await runChatops([...args, "--json"], { cwd })
    expect(forPrograms.stderr).toBe("")
    const { error } = resultSchemas.error.parse(JSON.parse(forPrograms.stdout))
    expect(error.code).toBe(errorCode)
    expect(`${error.message} ${error.hint}`).toMatch(words)
    expect([forPeople.code, forPrograms.code]).toEqual([code, code])
    expect(forPeople.stderr).toContain(error.message)
    expect(forPeople.stderr).toContain(error.hint)
    expect(forPeople.stdout + forPeople.stderr).not.toContain("\u001b")
    expect(forPeople.stderr).not.toMatch(/\n {4}at /)
  })

  it.each([
    [
      "a key that is not accepted",
      chatopsYaml("local").replace("app: bot", "app: bot\nregion: east"),
      "CONFIG_INVALID",
    ],
    ["a line that is no YAML", "app: [", "CONFIG_SYNTAX"],
  ])("because of %s in chatops.yaml names the line", async (_name, yaml, errorCode) => {
    const { code, stdout } = await runChatops(["deploy", "--json"], { cwd: appWith(yaml) })
    const { error } = resultSchemas.error.parse(JSON.parse(stdout))
    expect([code, error.code]).toEqual([2, errorCode])
    expect(error.message).toMatch(/chatops\.yaml:\d/)
  })
})

describe.skipIf(notBuilt)("a command without a terminal", () => {
  it("prints results that are what their schemas say, and nothing else on standard output", async () => {
    const cwd = appWith()
    const document = async (args: string[], input?: string) => {
      const { stdout } = await runChatops([...args, "--json"], { cwd, ...(input && { input }) })
      return JSON.parse(stdout)
    }
    expect(resultSchemas["secret set"].parse(await document(["secret", "set", "openai"], "sk-1\n"))).toEqual({
      name: "openai",
    })
    expect(resultSchemas["secret list"].parse(await document(["secret", "list"]))).toMatchObject([{ name: "openai" }])
    resultSchemas["secret remove"].parse(await document(["secret", "remove", "openai"]))
    resultSchemas.doctor.parse(await document(["doctor"]))
    resultSchemas.init.parse(await document(["init", "another", "--yes"]))
    const logs = join(directoriesOf(cwd).state, "regions", "east", "logs")
    mkdirSync(logs, { recursive: true })
    writeFileSync(join(logs, "r1.log"), "a line\n")
    const [record] = resultSchemas.logs.parse(await document(["logs"]))
    expect(record).toMatchObject({ region: "east", process: "r1", message: "a line" })
    expect(resultSchemas.history.parse(await document(["history", "--app", "another"]))).toEqual([])
  })

  it.each([
    ["--help", 0],
    ["status --help", 0],
    ["status -h", 0],
    ["help status", 0],
    ["autocomplete --help", 0],
    ["keys", 0],
  ])("shows help for %s without escapes", async (typed, code) => {
    const finished = await runChatops(typed.split(" "), { cwd: scratchDirectory() })
    expect(finished.code).toBe(code)
    expect(finished.stdout).toContain("USAGE")
    expect(finished.stdout + finished.stderr).not.toContain("\u001b")
  })

  it("says that the lines it looked at hold nothing of the level asked for", async () => {
    const cwd = appWith(chatopsYaml("local"))
    const { state } = directoriesOf(cwd)
    for (const directory of ["regions/east/logs", "witness"]) mkdirSync(join(state, directory), { recursive: true })
    writeFileSync(join(state, "regions/east/logs/r1.log"), "all is well\n")
    writeFileSync(join(state, "witness/spec.json"), "{}")
    const finished = await runChatops(["logs", "--level", "error", "--process", "r1", "--region", "east"], { cwd })
    expect(finished).toEqual({
      code: 0,
      stdout: "",
      stderr: "Nothing of level error or above in the last 20 lines of r1 in east.\n",
    })
  })

  it("ends quietly when nobody reads any more", async () => {
    const child = startChatops(["status", "--watch"], { cwd: appWith() })
    const stderr = text(child.stderr!)
    await once(child.stdout!, "data")
    child.stdout!.destroy()
    const [code, signal] = await once(child, "close")
    expect([code, signal, await stderr]).toEqual([0, null, ""])
  })

  it("prints one document a line when it goes on, and ends successfully with Ctrl-C", async () => {
    const child = startChatops(["status", "--watch", "--json"], { cwd: appWith() })
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    for (const _look of ["first", "second"])
      expect(resultSchemas.status.parse(JSON.parse((await lines.next()).value ?? ""))).toMatchObject({ primary: null })
    child.kill("SIGINT")
    expect(await once(child, "close")).toEqual([0, null])
  })

  it("follows logs as records of one line each, from before and from now on", async () => {
    const cwd = appWith(chatopsYaml("local"))
    const logs = join(directoriesOf(cwd).state, "regions", "east", "logs")
    const line = (msg: string) => `${JSON.stringify({ level: "info", time: "2026-01-01T00:00:00.000Z", msg })}\n`
    mkdirSync(logs, { recursive: true })
    writeFileSync(join(logs, "r1.log"), line("from before"))
    const child = startChatops(["logs", "--follow", "--json"], { cwd })
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    const next = async () => resultSchemas["logs --follow"].parse(JSON.parse((await lines.next()).value ?? ""))
    expect(await next()).toMatchObject({ region: "east", process: "r1", message: "from before" })
    appendFileSync(join(logs, "r1.log"), line("from now"))
    expect(await next()).toMatchObject({ message: "from now" })
    child.kill("SIGINT")
    expect(await once(child, "close")).toEqual([0, null])
  })
})

/** Where the environment `local` of an app keeps its state, as the command line that runs there sees it. */
function directoriesOf(cwd: string) {
  const before = process.env["CHATOPS_STATE"]
  process.env["CHATOPS_STATE"] = join(cwd, ".state")
  const directories = environmentDirectories("bot", cwd, "local")
  if (before === undefined) delete process.env["CHATOPS_STATE"]
  else process.env["CHATOPS_STATE"] = before
  return directories
}

describe.skipIf(notBuilt)("resume", () => {
  const header = {
    type: "begun",
    id: "op-1",
    environment: "local",
    choice: {},
    at: "2026-01-01T00:00:00.000Z",
    actor: "ada",
    chatops: "0.1.0",
  }
  const begun = { type: "step-started", step: "stacks", at: "2026-01-01T00:00:01.000Z", harmless: false }

  function interrupted(kind: string): { cwd: string; journal: string } {
    const cwd = appWith(chatopsYaml("local"))
    const operations = join(directoriesOf(cwd).state, "operations")
    mkdirSync(operations, { recursive: true })
    const journal = join(operations, "op-1.ndjson")
    writeFileSync(journal, [{ ...header, kind }, begun].map(record => `${JSON.stringify(record)}\n`).join(""))
    return { cwd, journal }
  }

  it("shows in status what was left", async () => {
    const { cwd } = interrupted("deploy")
    const { stdout } = await runChatops(["status"], { cwd })
    expect(stdout).toMatch(
      /unfinished deploy op-1 at step stacks: `.*chatops\S* resume`, or `.*chatops\S* resume --abort`/,
    )
  })

  it("gives it up with --abort, once", async () => {
    const { cwd, journal } = interrupted("failover-of-a-later-version")
    const { stdout } = await runChatops(["resume", "--abort", "--json"], { cwd })
    expect(resultSchemas.resume.parse(JSON.parse(stdout))).toEqual({
      operation: "op-1",
      kind: "failover-of-a-later-version",
      outcome: "aborted",
      mayBeLost: null,
      drill: null,
      toCome: [],
    })
    expect(readFileSync(journal, "utf8")).toContain('"outcome":"aborted"')
    expect(await runChatops(["resume", "--abort"], { cwd })).toMatchObject({ code: 2 })
  })

  it("refuses what another version began, and keeps it", async () => {
    const { cwd, journal } = interrupted("failover-of-a-later-version")
    const { code, stderr } = await runChatops(["resume"], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining("OPERATION_UNKNOWN")])
    expect(readFileSync(journal, "utf8")).not.toContain("ended")
  })

  it("goes on with the step where it stopped, and asks what was not answered", async () => {
    const { cwd } = interrupted("destroy")
    const { code, stderr, stdout } = await runChatops(["resume"], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining("NOT_CONFIRMED")])
    expect(stdout).toMatch(/^app \/.*\nresuming destroy of local \(op-1\)\n/)
  })

  it("is what another operation asks for first", async () => {
    const { cwd } = interrupted("destroy")
    const { code, stderr } = await runChatops(["deploy", "--yes"], { cwd })
    expect([code, stderr]).toEqual([4, expect.stringContaining("OPERATION_UNFINISHED")])
  })
})
