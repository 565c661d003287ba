import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { readIfExists, writeDurably, writeWhole } from "./durable-file.ts"

const moduleUrl = new URL("./durable-file.ts", import.meta.url).href
const pages = 200

/** Another process that goes on replacing a file by content that shows whether it is whole. */
function writer(file: string, call: string): ChildProcess {
  const source = `import { writeDurably, writeWhole } from ${JSON.stringify(moduleUrl)}
    const file = ${JSON.stringify(file)}
    for (let round = 0; ; round++) {
      const content = (String(round % 10)).repeat(${pages} * 4096)
      ${call}
      process.stdout.write(".")
      await new Promise(setImmediate)
    }`
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  return child
}

it.each([
  ["writeDurably", "await writeDurably(file, content)"],
  ["writeWhole", "writeWhole(file, content)"],
])("%s leaves the old or the new content when it is killed in the middle, never a part", async (_name, call) => {
  const file = join(scratchDirectory(), "file")
  for (let round = 0; round < 5; round++) {
    const child = writer(file, call)
    await once(child.stdout!, "data")
    child.kill("SIGKILL")
    await once(child, "exit")
    const content = readFileSync(file, "utf8")
    expect(content).toBe(content.charAt(0).repeat(pages * 4096))
  }
})

it("lets readers see a whole file at any time", async () => {
  const file = join(scratchDirectory(), "file")
  const child = writer(file, "await writeDurably(file, content)")
  await once(child.stdout!, "data")
  for (let read = 0; read < 50; read++) expect((await readIfExists(file))?.length).toBe(pages * 4096)
})

it("closes what it writes to others, and makes the directories that it needs", async () => {
  const file = join(scratchDirectory(), "a", "b", "file")
  await writeDurably(file, "secret")
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it("leaves no draft behind when it cannot replace the file", async () => {
  const directory = scratchDirectory()
  const file = join(directory, "file")
  mkdirSync(join(file, "in the way"), { recursive: true })
  await expect(writeDurably(file, "new")).rejects.toThrow()
  expect(() => writeWhole(file, "new")).toThrow()
  expect(readdirSync(directory)).toEqual(["file"])
})

it("tells a file that does not exist from one that cannot be read", async () => {
  const directory = scratchDirectory()
  writeFileSync(join(directory, "file"), "")
  expect(await readIfExists(join(directory, "absent"))).toBeUndefined()
  await expect(readIfExists(join(directory, "file", "below"))).rejects.toMatchObject({ code: "ENOTDIR" })
})
