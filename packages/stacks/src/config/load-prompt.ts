import { readdir, readFile, realpath } from "node:fs/promises"
import { basename, dirname, join, posix, relative, sep } from "node:path"
import { nearestSpelling } from "../errors/nearest-spelling.ts"
import { decodeText } from "./decode-text.ts"
import { configError } from "./problem.ts"
import type { YamlSource } from "./yaml-source.ts"

/**
 * The contents of the prompt's file, byte for byte apart from a byte order mark.
 * `source` is asked for when there is something to say about a line.
 * @throws {ChatopsError} CONFIG_PROMPT_UNREADABLE naming the line of `chat.prompt`, CONFIG_UNREADABLE when it is not UTF-8
 */
export async function loadPrompt(appDir: string, path: string, source: () => Promise<YamlSource>): Promise<string> {
  const refuse = async (message: string, suggestion?: string) => {
    const [{ mark }, read] = await Promise.all([import("./yaml-source.ts"), source()])
    const finding = {
      path: ["chat", "prompt"],
      anchor: "value",
      message,
      expected: "a file that can be read",
      received: path,
    } as const
    return configError("CONFIG_PROMPT_UNREADABLE", read.file, read.text, [mark(read, { ...finding, suggestion })])
  }
  const file = join(appDir, path)
  let bytes: Uint8Array
  try {
    if (leadsOutside(await realpath(appDir), await realpath(file)))
      throw await refuse(`${path} is a link that leads out of the app's directory`)
    bytes = await readFile(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ENOENT" || code === "ENOTDIR")
      throw await refuse(`there is no file ${path}`, await neighbour(appDir, path))
    if (code === "EISDIR") throw await refuse(`${path} is a directory`)
    if (code === "EACCES" || code === "EPERM") throw await refuse(`no permission to read ${path}`)
    throw error
  }
  return decodeText(bytes, file)
}

function leadsOutside(directory: string, file: string): boolean {
  const way = relative(directory, file)
  return way === ".." || way.startsWith(`..${sep}`)
}

/** A file in the same directory whose name somebody may have meant. */
async function neighbour(appDir: string, path: string): Promise<string | undefined> {
  const names = await readdir(join(appDir, dirname(path))).catch(() => [])
  const near = nearestSpelling(basename(path), names)
  return near === undefined ? undefined : posix.join(posix.dirname(path), near)
}
