#!/usr/bin/env node
// What is asked most is answered before anything is loaded. CommonJS, because Node starts it 10 ms faster, and in words
// that any Node parses, so that an old one gets help instead of a syntax error.
const { readFileSync } = require("node:fs")
const { join } = require("node:path")

const [first, ...rest] = process.argv.slice(2)
const alone = rest.length === 0
const show = name => process.stdout.write(readFileSync(join(__dirname, "..", "bundle", `${name}.txt`)))

if (Number(process.versions.node.split(".")[0]) < 24) {
  require("./bundled-node.cjs").runWithBundledNode()
} else if (alone && (first === "--version" || first === "-v")) {
  show("version")
} else if (alone && (first === undefined || first === "--help" || first === "-h" || first === "help")) {
  show("help")
} else {
  require("node:module").enableCompileCache()
  import("../bundle/main.js")
}
