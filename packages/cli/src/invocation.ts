import { existsSync, realpathSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"

interface Installation {
  /** The variable of that name. */
  readonly path: string
  /** The package that this chatops runs from, `packages/cli` of a checkout. */
  readonly home: string
}

/**
 * What to write before a command so that it can be pasted in this directory. `npx` finds chatops from within the checkout
 * only: elsewhere it would fetch whatever a stranger has published under that name.
 */
export function invocation(directory = process.cwd(), { path, home }: Installation = present()): string {
  const program = join(home, "bin", "chatops.cjs")
  // What npx puts on PATH is there for its child alone.
  const onPath = path.split(delimiter).filter(entry => !entry.includes("node_modules"))
  if (onPath.some(entry => isSame(join(entry, "chatops"), program))) return "chatops"
  return isSame(npmRoot(directory), join(home, "..", "..")) ? "npx chatops" : `node ${program}`
}

function present(): Installation {
  return { path: process.env["PATH"] ?? "", home: homeOf(import.meta.dirname) }
}

/** Sources and bundles lie at different depths of the package. */
function homeOf(directory: string): string {
  return existsSync(join(directory, "bin", "chatops.cjs")) ? directory : homeOf(dirname(directory))
}

/** Where npx looks for programs: the nearest directory with a package.json or installed packages. */
function npmRoot(directory: string): string {
  const found = ["package.json", "node_modules"].some(name => existsSync(join(directory, name)))
  return found || directory === dirname(directory) ? directory : npmRoot(dirname(directory))
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}
