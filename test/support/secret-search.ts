import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { processDirectories } from "./processes.ts"

const most = 1_024 ** 3

/** Files below a directory that hold this text, whatever else they are: logs, journals, engine state, a database. */
export function filesHolding(text: string, directory: string): string[] {
  const { status, stdout } = spawnSync("grep", ["-rlF", "--", text, directory], { encoding: "utf8", maxBuffer: most })
  // 2: a file went away while it was read, such as a database's. What was found before counts all the same.
  if (status === null) throw new Error("grep was ended")
  return stdout.split("\n").filter(Boolean)
}

/** Objects of a repository that hold this text, on any branch or on none: `blob 1a2b…`. git packs what grep cannot read. */
export function gitObjectsHolding(text: string, repository: string): string[] {
  const all = execFileSync("git", ["cat-file", "--batch-all-objects", "--batch"], { cwd: repository, maxBuffer: most })
  const found: string[] = []
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf("\n", at)
    const [id = "", type = "", size = ""] = all.toString("utf8", at, end).split(" ")
    const content = all.subarray(end + 1, end + 1 + Number(size))
    if (content.includes(text)) found.push(`${type} ${id}`)
    at = end + 1 + Number(size) + 1
  }
  return found
}

/** Living processes whose arguments or environment hold this text. */
export function processesHolding(text: string): string[] {
  return processDirectories().flatMap(directory => {
    try {
      const [commandLine, environment] = ["cmdline", "environ"].map(name =>
        readFileSync(`${directory}/${name}`, "utf8"),
      )
      return `${commandLine}\0${environment}`.includes(text)
        ? [`${directory} ${commandLine?.replaceAll("\0", " ")}`]
        : []
    } catch {
      return []
    }
  })
}

/** The same while something goes on, for processes that come and go; whoever was seen is returned at its end. */
export async function processesHoldingDuring(text: string, work: Promise<unknown>): Promise<string[]> {
  const seen = new Set<string>()
  const look = () => {
    for (const process of processesHolding(text)) seen.add(process)
  }
  const timer = setInterval(look, 100)
  try {
    await work
  } finally {
    clearInterval(timer)
  }
  look()
  return [...seen]
}
