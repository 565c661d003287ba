import { posix, win32 } from "node:path"
import * as z from "zod"

const expected = "a path inside the app's directory, such as prompts/support.md"

/** Relative, with forward slashes, and lexically inside the app's directory; symbolic links are looked at on reading. */
export const PromptPath = z
  .string({ error: expected })
  .min(1, { error: expected })
  .refine(staysInside, { error: expected })

function staysInside(path: string): boolean {
  if (posix.isAbsolute(path) || win32.isAbsolute(path) || /^[a-z]:/i.test(path) || path.includes("\0")) return false
  const normal = posix.normalize(path.replaceAll("\\", "/"))
  return normal !== "." && normal !== ".." && !normal.startsWith("../") && !normal.endsWith("/")
}
