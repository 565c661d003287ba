import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"

/** How this person runs chatops: what to write before a command so that it can be pasted. */
export function invocation(): string {
  const directories = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter(directory => !directory.includes("node_modules"))
  return directories.some(directory => existsSync(join(directory, "chatops"))) ? "chatops" : "npx chatops"
}
