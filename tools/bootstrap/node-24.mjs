// Runs on any Node from 20 on: plain JavaScript, nothing installed yet.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { root } from "./root.mjs"

/** The Node that everything after the installation runs on: this one when it is new enough, else the one that was installed. */
export function findNode24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath
  const installed = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node")
  if (existsSync(installed)) return installed
  throw new Error(
    `chatops needs Node 24. This is ${process.version}, and no package brings it for ${process.platform}-${process.arch}: install Node 24 and try again.`,
  )
}
