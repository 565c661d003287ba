import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { programRecord } from "./program-record.ts"

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chatops-build-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, "assets"))
  for (const file of ["replica.js", "replica.js.map", "gateway.js", "assets/page.html"]) write(file, file)
})

const write = (file: string, content: string) => writeFileSync(join(directory, file), content)
const record = (text = "18") =>
  programRecord(directory, { replica: { directory: ["src/assets", "assets"] }, gateway: { text } })

it("names what has to be copied with each program", () => {
  expect(record().files).toEqual({
    gateway: ["gateway.js"],
    replica: ["replica.js", "replica.js.map", "assets/page.html"],
  })
})

it.each([
  ["its code", "replica", () => write("replica.js", "new")],
  ["a file that it reads from beside it", "replica", () => write("assets/page.html", "new")],
  ["one more such file", "replica", () => write("assets/more.css", "new")],
])("gives a program another fingerprint after a change of %s, and no other program", (_what, name, change) => {
  const before = record().programs
  change()
  const after = record().programs
  expect(Object.keys(after).filter(each => after[each] !== before[each])).toEqual([name])
})

it("counts what a program would not run the same without, and no map", () => {
  const before = record().programs
  write("replica.js.map", "new")
  expect(record().programs).toEqual(before)
  expect(record("19").programs["gateway"]).not.toBe(before["gateway"])
})
