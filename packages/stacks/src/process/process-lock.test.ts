import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { lockHolder, takeLock } from "./process-lock.ts"

const moduleUrl = new URL("./process-lock.ts", import.meta.url).href

/** Another process that runs this code with `takeLock` and the lock's file in scope. */
function otherProcess(file: string, code: string): ChildProcess {
  const source = `import { takeLock } from ${JSON.stringify(moduleUrl)}; const file = ${JSON.stringify(file)}; ${code}`
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  return child
}

it("is held by one process and names it to the next", () => {
  const file = join(scratchDirectory(), "lock")
  const first = takeLock(file, "deploy")
  expect(first.taken).toBe(true)
  expect(takeLock(file, "destroy")).toMatchObject({ taken: false, holder: { purpose: "deploy", pid: process.pid } })
  if (first.taken) first.release()
  expect(lockHolder(file)).toBeUndefined()
  expect(takeLock(file, "destroy").taken).toBe(true)
})

it("is free again once its holder was killed", async () => {
  const file = join(scratchDirectory(), "lock")
  const child = otherProcess(file, `takeLock(file, "deploy"); console.log("held"); setInterval(() => {}, 1000)`)
  await once(child.stdout!, "data")
  expect(takeLock(file, "mine").taken).toBe(false)
  child.kill("SIGKILL")
  await once(child, "exit")
  expect(takeLock(file, "mine").taken).toBe(true)
})

it("is not kept by a later process with the same pid", () => {
  const file = join(scratchDirectory(), "lock")
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: "another life", purpose: "deploy" }))
  expect(takeLock(file, "mine").taken).toBe(true)
})

it.each(["", "{", "null"])("is taken over from a file that says %j", content => {
  const file = join(scratchDirectory(), "lock")
  writeFileSync(file, content)
  expect(takeLock(file, "mine").taken).toBe(true)
})

it("never lets two in, however many processes fight over it and over a dead holder's file", async () => {
  const directory = scratchDirectory()
  const [file, log] = [join(directory, "lock"), join(directory, "log")]
  writeFileSync(file, JSON.stringify({ pid: 4_194_303, started: "dead", purpose: "dead" }))
  appendFileSync(log, "")
  const critical = `
    import { appendFileSync } from "node:fs"
    for (let entered = 0; entered < 20; ) {
      const attempt = takeLock(file, "fight")
      if (!attempt.taken) continue
      appendFileSync(${JSON.stringify(log)}, "in ")
      appendFileSync(${JSON.stringify(log)}, "out ")
      entered++
      attempt.release()
    }`
  const children = Array.from({ length: 4 }, () => otherProcess(file, critical))
  await Promise.all(children.map(child => once(child, "exit")))
  expect(readFileSync(log, "utf8")).toBe("in out ".repeat(80))
  expect(existsSync(file)).toBe(false)
})

it("lets one in at a time also while holders keep dying with it", async () => {
  const directory = scratchDirectory()
  const [file, log] = [join(directory, "lock"), join(directory, "log")]
  const critical = `
    import { appendFileSync, linkSync, rmSync, writeFileSync } from "node:fs"
    for (let entered = 0; entered < 60; ) {
      const attempt = takeLock(file, "fight")
      if (!attempt.taken) continue
      appendFileSync(${JSON.stringify(log)}, "in ")
      appendFileSync(${JSON.stringify(log)}, "out ")
      entered++
      attempt.release()
      const dead = file + "-dead-" + process.pid + "-" + entered
      writeFileSync(dead, JSON.stringify({ pid: 4194303, started: "dead", purpose: "dead", nonce: dead }))
      try { linkSync(dead, file) } catch {}
      rmSync(dead)
    }`
  const children = Array.from({ length: 4 }, () => otherProcess(file, critical))
  await Promise.all(children.map(child => once(child, "exit")))
  expect(readFileSync(log, "utf8")).toBe("in out ".repeat(240))
})

it("says so when what stands in its place cannot be read, instead of trying for ever", () => {
  const file = join(scratchDirectory(), "lock")
  mkdirSync(file)
  expect(() => takeLock(file, "mine")).toThrow(/EISDIR/)
  expect(lockHolder(file)).toBeUndefined()
})
