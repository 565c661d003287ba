import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { findAppDirectory } from "./find-app.ts"
import { loadConfig } from "./load-config.ts"
import { sample } from "./testing/sample.ts"

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "chatops-config-"))
  await write("chatops.yaml", sample)
  await write("prompts/support.md", "Be kind.\n")
})
afterEach(() => rm(directory, { recursive: true }))

async function write(path: string, contents: string | Uint8Array) {
  await mkdir(dirname(join(directory, path)), { recursive: true })
  await writeFile(join(directory, path), contents)
}

it("reads the prompt beside the configuration", async () => {
  const config = await loadConfig(directory)
  expect(config.chat.prompt).toEqual({ path: "prompts/support.md", text: "Be kind.\n" })
})

it("needs no prompt", async () => {
  await write("chatops.yaml", sample.replace("  prompt: prompts/support.md\n", ""))
  expect((await loadConfig(directory)).chat.prompt).toBeUndefined()
})

it("names line, key and the nearest file when the prompt is missing", async () => {
  await write("chatops.yaml", sample.replace("support.md", "suport.md"))
  const error = await loadConfig(directory).catch(error => error)
  expect(error.code).toBe("CONFIG_PROMPT_UNREADABLE")
  expect(error.message.replaceAll(directory, ".")).toMatchInlineSnapshot(`
    "./chatops.yaml:4:11 chat.prompt: there is no file prompts/suport.md. Did you mean \`prompts/support.md\`?
      4 |   prompt: prompts/suport.md
        |           ^^^^^^^^^^^^^^^^^"
  `)
  expect(error.details.problems[0]).toMatchObject({
    line: 4,
    column: 11,
    key: "chat.prompt",
    suggestion: "prompts/support.md",
  })
})

it("refuses a prompt that is a directory or that links out of the app's directory", async () => {
  await write("chatops.yaml", sample.replace("prompts/support.md", "prompts"))
  await expect(loadConfig(directory)).rejects.toMatchObject({ code: "CONFIG_PROMPT_UNREADABLE" })
  await symlink("/etc/hostname", join(directory, "link.md"))
  await write("chatops.yaml", sample.replace("prompts/support.md", "link.md"))
  await expect(loadConfig(directory)).rejects.toMatchObject({
    code: "CONFIG_PROMPT_UNREADABLE",
    message: expect.stringContaining("leads out of"),
  })
})

it("refuses what is not UTF-8, naming the line", async () => {
  await write("chatops.yaml", Buffer.concat([Buffer.from("app: x\nchat: "), Buffer.from([0xff, 0xfe])]))
  await expect(loadConfig(directory)).rejects.toMatchObject({ code: "CONFIG_UNREADABLE", details: { line: 2 } })
  await write("chatops.yaml", sample)
  await write("prompts/support.md", Buffer.from([0x42, 0xe4]))
  await expect(loadConfig(directory)).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" })
})

it("finds the app from a directory below it", async () => {
  expect(await findAppDirectory(join(directory, "prompts"))).toBe(directory)
  await rm(join(directory, "chatops.yaml"))
  await expect(findAppDirectory(directory)).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" })
  await expect(loadConfig(directory)).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" })
})

it("says so when chatops.yaml is a directory", async () => {
  await rm(join(directory, "chatops.yaml"))
  await mkdir(join(directory, "chatops.yaml"))
  await expect(loadConfig(directory)).rejects.toMatchObject({
    code: "CONFIG_UNREADABLE",
    details: { reason: "EISDIR" },
  })
})
