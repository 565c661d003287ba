import { lstatSync, mkdirSync, type Stats } from "node:fs"
import { dirname, join } from "node:path"
import { ChatopsError } from "../errors/chatops-error.ts"
import { fingerprint } from "./fingerprint.ts"

/** Bytes of `sun_path` without its last zero: 103 on macOS, 107 on Linux. One place for both. */
const longestPath = 103
/** The longest that `targets/local/layout.ts` and PostgreSQL make of it. */
const longestSocket = "/r-twelve-bytes.pg/.s.PGSQL.65535"

/**
 * Where the sockets of an environment are. It follows from the environment's state directory alone: a supervisor
 * outlives the login it was started from, and every later one must find it. Below a long state directory a socket's
 * path would not fit; then it is a short one, whose name says whose it is.
 */
export function runDirectory(state: string): string {
  const within = join(state, "run")
  return Buffer.byteLength(within + longestSocket) <= longestPath ? within : join(shortRoot(), fingerprint(state, 10))
}

/** Anybody may write in /tmp. Throws NO_PERMISSION when what is there is not this user's own. */
export function refuseForeignRun(run: string): void {
  for (const directory of openToOthers(run)) {
    const found = lstatSync(directory, { throwIfNoEntry: false })
    if (found) refuseForeign(directory, found)
  }
}

/** Makes it, for its own user only; but root's database runs as another user, who has to pass. Throws NO_PERMISSION. */
export function makeRunDirectory(run: string): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  for (const directory of [...openToOthers(run), run]) {
    refuseForeignRun(run)
    mkdirSync(directory, { recursive: true, mode })
  }
  refuseForeignRun(run)
}

const shortRoot = () => `/tmp/chatops-${process.getuid?.()}`

/** Those of its directories that somebody else could have made first. */
const openToOthers = (run: string): string[] => (dirname(run) === shortRoot() ? [dirname(run), run] : [])

function refuseForeign(directory: string, found: Stats): void {
  const wrong = whatIsWrong(found)
  if (wrong === undefined) return
  throw new ChatopsError("NO_PERMISSION", `${directory}, where this environment's sockets belong, ${wrong}`, {
    hint: `Remove ${directory}, or have its owner do so; or set CHATOPS_STATE to a shorter path, and the sockets lie in there.`,
    details: { path: directory },
  })
}

function whatIsWrong(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return "is a symbolic link"
  if (!found.isDirectory()) return "is no directory"
  if (found.uid !== process.getuid?.()) return `belongs to another user (uid ${found.uid})`
  return (found.mode & 0o022) === 0 ? undefined : `can be written by others (mode ${(found.mode & 0o777).toString(8)})`
}
