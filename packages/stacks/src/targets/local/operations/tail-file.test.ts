import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { tailFile } from "./tail-file.ts"

/** A log with this content, and a reader that waits for lines to come. */
async function followed(content: string | Buffer) {
  const file = join(scratchDirectory(), "r1.log")
  writeFileSync(file, content)
  const { lines, follow } = await tailFile(file, 2)
  const stop = new AbortController()
  const iterator = follow(AbortSignal.any([stop.signal, AbortSignal.timeout(5_000)]))[Symbol.asyncIterator]()
  onTestFinished(() => stop.abort())
  const next = async () => (await iterator.next()).value as string
  return { file, lines, next, stop, iterator }
}

it("gives the last complete lines, then those that come", async () => {
  const { file, lines, next } = await followed("one\ntwo\nthree\n")
  expect(lines).toEqual(["two", "three"])
  appendFileSync(file, "four\nfive\n")
  expect([await next(), await next()]).toEqual(["four", "five"])
})

it("gives none from before when none are wanted", async () => {
  const file = join(scratchDirectory(), "log")
  writeFileSync(file, "one\n")
  const tail = await tailFile(file, 0)
  await tail.close()
  expect(tail.lines).toEqual([])
})

it("waits for the rest of a line, and of a character", async () => {
  const [begun, rest] = [Buffer.from("grüße ").subarray(0, 3), Buffer.from("grüße ").subarray(3)]
  const { file, lines, next } = await followed(begun)
  expect(lines).toEqual([])
  const line = next()
  appendFileSync(file, rest)
  appendFileSync(file, "aus Bern\n")
  expect(await line).toBe("grüße aus Bern")
})

it("goes on through a log that was copied aside and emptied", async () => {
  const { file, next } = await followed("old one\nold two\n")
  appendFileSync(file, "last of the old\n")
  expect(await next()).toBe("last of the old")
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
  appendFileSync(file, "first\n")
  expect(await next()).toBe("first")
})

it("goes on with the file that takes the place of a removed or renamed one", async () => {
  const { file, next } = await followed("old\n")
  rmSync(file)
  writeFileSync(file, "made anew\n")
  expect(await next()).toBe("made anew")
  const line = next()
  renameSync(file, `${file}.1`)
  writeFileSync(file, "after rotation\n")
  expect(await line).toBe("after rotation")
})

it("ends when it is told to, also while it waits", async () => {
  const { stop, iterator } = await followed("")
  const ended = iterator.next()
  stop.abort()
  expect((await ended).done).toBe(true)
})

it("reads only the end of a huge log, without half a line", async () => {
  const file = join(scratchDirectory(), "log")
  const line = "x".repeat(1_023)
  writeFileSync(file, `${line}\n`.repeat(5_000))
  const { lines, close } = await tailFile(file, 10_000)
  await close()
  expect(lines.length).toBeLessThan(4_100)
  expect(lines.every(text => text === line)).toBe(true)
})
