import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { loadConfig } from "@chatops/stacks"
import { describe, expect, it } from "vitest"
import { invocation } from "../invocation.ts"
import { initResult } from "../results/init.ts"
import { chatopsYaml, scratchDirectory } from "../testing/scratch-directory.ts"
import { initApp } from "./init-app.ts"
import { askForApp } from "./questions.ts"

const going = new AbortController().signal
const answers = await askForApp("my-bot", { ask: false })
const git = (directory: string, ...args: string[]) =>
  execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" }).trim()

describe("init", () => {
  it("makes an app that loads, in a repository of its own with one clean commit", async () => {
    const directory = join(scratchDirectory(), "deep", "my-bot")
    const result = await initApp(directory, { answers }, going)
    expect(initResult.parse(result)).toEqual(result)
    expect(result.files.toSorted()).toEqual([".github", ".gitignore", "README.md", "chatops.yaml", "prompts"])
    expect((await loadConfig(directory)).app).toBe("my-bot")
    expect(readFileSync(join(directory, "README.md"), "utf8")).toContain(`\n${invocation(directory)} deploy\n`)
    expect(git(directory, "rev-parse", "HEAD")).toBe(result.commit)
    expect(git(directory, "status", "--porcelain")).toBe("")
  })

  it("fills an empty directory without replacing it, because somebody stands in it", async () => {
    const directory = scratchDirectory()
    const { ino } = statSync(directory)
    const { commit } = await initApp(directory, { answers }, going)
    expect(statSync(directory).ino).toBe(ino)
    expect(readdirSync(directory).toSorted()).toEqual([
      ".git",
      ".github",
      ".gitignore",
      "README.md",
      "chatops.yaml",
      "prompts",
    ])
    expect(git(directory, "rev-parse", "HEAD")).toBe(commit)
  })

  it.each([
    ["a directory that holds something", "app"],
    ["a file", "app/notes.txt"],
  ])("refuses %s, and leaves it as it is", async (_name, path) => {
    const root = scratchDirectory({ "app/notes.txt": "mine" })
    await expect(initApp(join(root, path), { answers }, going)).rejects.toMatchObject({
      code: "DIRECTORY_NOT_EMPTY",
      message: expect.stringContaining("notes.txt"),
    })
    expect(readdirSync(root, { recursive: true })).toEqual(["app", "app/notes.txt"])
    expect(readFileSync(join(root, "app/notes.txt"), "utf8")).toBe("mine")
  })

  it("copies another app without its history and without what is installed in it", async () => {
    const template = scratchDirectory({
      "chatops.yaml": `# yaml-language-server: $schema=/elsewhere.json\n${chatopsYaml("local")}`,
      "prompts/a.md": "Be kind.",
      "node_modules/x/index.js": "",
      ".git/HEAD": "ref: refs/heads/theirs\n",
    })
    const directory = join(scratchDirectory(), "copy")
    const { files } = await initApp(directory, { template }, going)
    expect(files.toSorted()).toEqual(["chatops.yaml", "prompts"])
    expect(git(directory, "branch", "--show-current")).toBe("main")
    const [first, second] = readFileSync(join(directory, "chatops.yaml"), "utf8").split("\n")
    expect(first).toMatch(/^# yaml-language-server: \$schema=.*chatops\.schema\.json$/)
    expect(second).toBe("app: bot")
  })

  it("copies an app into a directory below it", async () => {
    const template = scratchDirectory({ "chatops.yaml": chatopsYaml("local") })
    const { files } = await initApp(join(template, "copy"), { template }, going)
    expect(files).toEqual(["chatops.yaml"])
  })

  it("refuses to copy what is no app", async () => {
    const directory = join(scratchDirectory(), "copy")
    const making = initApp(directory, { template: scratchDirectory({ "README.md": "" }) }, going)
    await expect(making).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" })
    expect(existsSync(directory)).toBe(false)
  })
})

describe("init that does not come to its end", () => {
  const interrupted = AbortSignal.abort(new Error("interrupted"))

  it.each([
    ["beside a new directory", "app", []],
    ["in an empty one", ".", []],
  ])("leaves nothing %s", async (_name, path, left) => {
    const root = scratchDirectory()
    await expect(initApp(join(root, path), { answers }, interrupted)).rejects.toThrow("interrupted")
    expect(readdirSync(root)).toEqual(left)
  })

  it("leaves nothing when a file cannot be made", async () => {
    const root = scratchDirectory()
    const template = scratchDirectory({ "chatops.yaml": "" })
    // Where the file should be read there is a directory.
    execFileSync("rm", [join(template, "chatops.yaml")])
    mkdirSync(join(template, "chatops.yaml"))
    await expect(initApp(join(root, "app"), { template }, going)).rejects.toThrow(/EISDIR/)
    expect(readdirSync(root)).toEqual([])
  })

  it.each(["app", "."])("leaves what the next one removes when it was killed, at %s", async path => {
    const root = scratchDirectory()
    const directory = join(root, path)
    const name = path === "." ? root.split("/").at(-1) : path
    const dead = join(root, `.chatops-init-${name}.999999999`)
    mkdirSync(dead)
    writeFileSync(join(dead, "chatops.yaml"), "half")
    await initApp(directory, { answers }, going)
    expect(existsSync(dead)).toBe(false)
    expect(existsSync(join(directory, "chatops.yaml"))).toBe(true)
  })

  it("is told apart from one that is still at work", async () => {
    const root = scratchDirectory()
    mkdirSync(join(root, `.chatops-init-${root.split("/").at(-1)}.${process.ppid}`))
    await expect(initApp(root, { answers }, going)).rejects.toMatchObject({ code: "DIRECTORY_NOT_EMPTY" })
  })
})
