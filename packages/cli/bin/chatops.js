#!/usr/bin/env node
// What is asked most is answered before anything is loaded. Plain JavaScript that any Node parses, so that an old one gets help instead of a syntax error.
import { enableCompileCache } from "node:module"
import { readFileSync } from "node:fs"

const [first, ...rest] = process.argv.slice(2)
const ready = (name) => readFileSync(new URL(`../bundle/${name}.txt`, import.meta.url), "utf8")

if (Number(process.versions.node.split(".")[0]) < 24) {
  const { runWithBundledNode } = await import("./bundled-node.js")
  runWithBundledNode()
} else if (rest.length === 0 && (first === "--version" || first === "-v")) {
  process.stdout.write(ready("version"))
} else if (rest.length === 0 && (first === undefined || first === "--help" || first === "-h" || first === "help")) {
  process.stdout.write(ready("help"))
} else {
  enableCompileCache()
  await import("../bundle/main.js")
}
