import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"

interface Work {
  readonly home: string
  readonly name: string
  readonly title: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

const { unlessDone } = (await import(new URL("unless-done.mjs", import.meta.url).href)) as {
  unlessDone(work: Work, run: () => Promise<void>): Promise<void>
}

/** A build that copies `source` to `bundle`; `run` says whether it did. */
async function bench() {
  const home = mkdtempSync(join(tmpdir(), "chatops-bootstrap-"))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const write = (file: string, text: string) => writeFileSync(join(home, file), text)
  const build = { home, name: "build", title: "Building", inputs: ["source"], outputs: ["bundle"] }
  const run = async (work = async () => write("bundle", "")) => {
    let worked = false
    await unlessDone(build, async () => {
      worked = true
      await work()
    }).catch(() => undefined)
    return worked
  }
  write("source", "1")
  return { home, write, run }
}

it("works once", async () => {
  const { run } = await bench()
  expect([await run(), await run()]).toEqual([true, false])
})

it("works again when an input has changed", async () => {
  const { run, write } = await bench()
  await run()
  write("source", "2")
  expect([await run(), await run()]).toEqual([true, false])
})

it("works again when what it makes is gone", async () => {
  const { home, run } = await bench()
  await run()
  rmSync(join(home, "bundle"))
  expect([await run(), await run()]).toEqual([true, false])
})

it("works again when it failed", async () => {
  const { run } = await bench()
  expect(await run(() => Promise.reject(new Error("no disk")))).toBe(true)
  expect(await run()).toBe(true)
})
