import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import type { InstalledProgram } from "../../../build-info.ts"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { partPrograms } from "../part-programs.ts"
import { keepPrograms } from "./keep-programs.ts"
import { storedProgram } from "./program-store.ts"

let bundle: string
let directory: string
let installed: InstalledProgram | undefined

beforeEach(() => {
  const root = scratchDirectory()
  bundle = join(root, "bundle")
  directory = join(root, "cache", "programs")
  build("1", "one")
})

/** What a build leaves: a program that prints what lies beside it. */
function build(fingerprint: string, word: string): void {
  mkdirSync(join(bundle, "assets"), { recursive: true })
  writeFileSync(
    join(bundle, "say.js"),
    `import { readFileSync } from "node:fs"; process.stdout.write(readFileSync(new URL("./assets/word", import.meta.url)))`,
  )
  writeFileSync(join(bundle, "assets", "word"), word)
  installed = { directory: bundle, fingerprint, files: ["say.js", "assets/word"] }
}

const keep = (fingerprint: string) => keepPrograms(directory, { say: fingerprint }, () => installed)
const program = (fingerprint: string) => storedProgram(directory, "say", fingerprint)
const said = (fingerprint: string) => execFileSync(process.execPath, [program(fingerprint)], { encoding: "utf8" })

it("keeps what was deployed as it was, whatever happens to where it came from", async () => {
  await keep("1")
  build("2", "two")
  await keep("2")
  rmSync(bundle, { recursive: true })
  expect([said("1"), said("2")]).toEqual(["one", "two"])
})

it("holds files that nobody writes, in directories that can be cleared", async () => {
  await keep("1")
  for (const file of [program("1"), join(dirname(program("1")), "assets", "word")]) {
    expect(statSync(file).mode & 0o777).toBe(0o444)
    expect(statSync(dirname(file)).mode & 0o700).toBe(0o700)
  }
})

it("writes nothing that is there, also when what is installed is another by now or gone", async () => {
  await keep("1")
  const before = statSync(program("1"))
  build("2", "two")
  await keep("1")
  installed = undefined
  await keep("1")
  const after = statSync(program("1"))
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
})

it("puts back what somebody removed a part of", async () => {
  for (const part of ["say.js", "assets/word", "."]) {
    await keep("1")
    rmSync(join(dirname(program("1")), part), { recursive: true })
    await keep("1")
    expect(said("1")).toBe("one")
  }
})

it("is filled by any number at once", async () => {
  await Promise.all(Array.from({ length: 12 }, () => keep("1")))
  expect(said("1")).toBe("one")
  expect(readdirSync(directory)).toEqual(["say-1"])
})

it("refuses to name after one content what has another, and leaves nothing", async () => {
  const refused = { code: "AGENT_FAILED", message: expect.stringContaining("built anew") }
  await expect(keep("0")).rejects.toMatchObject(refused)
  rmSync(join(bundle, "assets"), { recursive: true })
  await expect(keep("1")).rejects.toMatchObject(refused)
  build("1", "one")
  // A build that begins while it is read: the record goes first.
  let looks = 0
  const building = () => (looks++ === 0 ? installed : undefined)
  await expect(keepPrograms(directory, { say: "1" }, building)).rejects.toMatchObject(refused)
  expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([])
})

it("holds a whole program or none, however often its writer is killed", async () => {
  const module = JSON.stringify(new URL("./keep-programs.ts", import.meta.url).href)
  const files = Array.from({ length: 15 }, (_, index) => `file-${index}`)
  for (const file of files) writeFileSync(join(bundle, file), "x".repeat(100_000))
  installed = { directory: bundle, fingerprint: "1", files: ["say.js", "assets/word", ...files] }
  const writer = `import { keepPrograms } from ${module}
    const installed = ${JSON.stringify(installed)}
    process.stdout.write("begins")
    for (let print = 1; ; print++) {
      installed.fingerprint = String(print)
      await keepPrograms(${JSON.stringify(directory)}, { say: String(print) }, () => installed)
    }`
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ["--conditions=chatops-source", "--input-type=module", "-e", writer], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    onTestFinished(() => void child.kill("SIGKILL"))
    const ended = once(child, "exit")
    await once(child.stdout, "data")
    while (!existsSync(program(String(8 * (round + 1))))) await new Promise(setImmediate)
    child.kill("SIGKILL")
    await ended
  }
  const kept = readdirSync(directory).filter(entry => !entry.startsWith("."))
  expect(kept.length).toBeGreaterThanOrEqual(24)
  for (const entry of kept) {
    for (const file of installed.files) expect(statSync(join(directory, entry, file)).size).toBeGreaterThan(0)
  }
})

it("holds all that agents run, and is quick when it is there already", async () => {
  const all = {
    ...partPrograms("witness").bundles,
    ...partPrograms("region").bundles,
    ...partPrograms("entry").bundles,
  }
  await keepPrograms(directory, all)
  const began = performance.now()
  await keepPrograms(directory, all)
  expect(performance.now() - began).toBeLessThan(100)
  const page = join(dirname(storedProgram(directory, "replica", all["replica"] ?? "")), "assets", "index.html")
  expect(readFileSync(page, "utf8")).toContain("<html")
})
