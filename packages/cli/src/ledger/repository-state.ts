import { gitIn } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"

export interface RepositoryState {
  /** Absolute path of the working tree's top. */
  readonly root: string
  /** Nothing before the first commit. */
  readonly head: string | null
  /** Nothing when the head is detached, as in most pipelines. */
  readonly branch: string | null
  /** Whether anything below the directory differs from the commit. */
  readonly dirty: boolean
  /** What differs, relative to the directory that was asked about; files that git ignores are not looked at. */
  readonly dirtyPaths: readonly string[]
}

/**
 * What is checked out where `directory` lies.
 * @throws {ChatopsError} GIT_NOT_FOUND, LEDGER_NO_REPOSITORY
 */
export async function repositoryState(directory: string): Promise<RepositoryState> {
  const git = gitIn(directory)
  const place = await git(["rev-parse", "--show-toplevel", "--show-prefix"])
  if (place.exitCode !== 0) throw explainRefusal(place)
  const [root = "", prefix = ""] = place.stdout.split("\n")
  // Without optional locks: looking must not get in the way of the user's own git.
  const flags = ["--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=all"]
  const status = await git(["--no-optional-locks", "status", ...flags, "--", "."])
  if (status.exitCode !== 0) throw explainRefusal(status)
  const lines = status.stdout.split("\0")
  const header = (name: string) => lines.find(line => line.startsWith(`# ${name} `))?.slice(name.length + 3)
  const dirtyPaths = lines.flatMap(line => pathOf(line) ?? []).map(path => path.slice(prefix.length))
  const head = header("branch.oid")
  const branch = header("branch.head")
  return {
    root,
    head: head === undefined || head === "(initial)" ? null : head,
    branch: branch === undefined || branch === "(detached)" ? null : branch,
    dirty: dirtyPaths.length > 0,
    dirtyPaths,
  }
}

/** Number of fields before the path, by the kind of line. */
const fields: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1 }

function pathOf(line: string): string | undefined {
  const before = fields[line.charAt(0)]
  return before === undefined || line.charAt(1) !== " " ? undefined : line.split(" ").slice(before).join(" ")
}
