import { withIdentity } from "./commit-object.ts"
import { gitIn } from "./git.ts"
import { explainRefusal } from "./git-refusal.ts"

/**
 * Makes `directory` a repository of its own, on the branch `main`, with everything in it as the first commit.
 * In a directory that already is one with commits, nothing is done.
 * @returns the commit that is checked out
 * @throws {ChatopsError} GIT_NOT_FOUND, LEDGER_UNWRITABLE
 */
export async function initRepository(directory: string, message: string): Promise<string> {
  const git = gitIn(directory)
  const required = async (args: readonly string[]) => {
    const result = await git(args)
    if (result.exitCode !== 0) throw explainRefusal(result)
    return result.stdout.trim()
  }
  // An empty template: no hooks of the machine's in an app's repository.
  await required(["init", "--initial-branch=main", "--template="])
  const existing = await git(["rev-parse", "--verify", "HEAD^{commit}"])
  if (existing.exitCode === 0) return existing.stdout.trim()
  await required(["add", "--all", "."])
  const args = ["commit", "--quiet", "--no-verify", "--no-gpg-sign", "--allow-empty", "-m", message]
  const committed = await withIdentity(options => git(args, options))
  if (committed.exitCode !== 0) throw explainRefusal(committed)
  return required(["rev-parse", "HEAD"])
}
