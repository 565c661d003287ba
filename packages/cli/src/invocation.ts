import { existsSync } from "node:fs"
import { delimiter, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

/** How this person runs chatops: what to write before a command so that it can be pasted here. */
export function invocation(directory = process.cwd()): string {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter(entry => !entry.includes("node_modules"))
  if (onPath.some(entry => existsSync(join(entry, "chatops")))) return "chatops"
  // Bundles lie in <checkout>/packages/cli/bundle/…: npx finds chatops from anywhere within the checkout, only.
  const file = fileURLToPath(import.meta.url)
  const checkout = file.slice(0, file.lastIndexOf(join("packages", "cli")))
  const within = !relative(checkout, directory).startsWith("..")
  return within ? "npx chatops" : `node ${join(checkout, "packages", "cli", "bin", "chatops.cjs")}`
}
