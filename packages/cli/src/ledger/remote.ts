import type { Git } from "./git.ts"

export interface Remote {
  readonly name: string
  /** Settings for processes that talk to it. */
  readonly config: readonly string[]
}

/** The remote that the ledger's branch is configured for, or `origin`; nothing when there is none. */
export async function findRemote(git: Git): Promise<Remote | undefined> {
  const pattern = "^(branch\\.chatops/ledger\\.(remote|pushremote)|remote\\..*\\.(url|pushurl)|core\\.sshcommand)$"
  const result = await git(["config", "-z", "--get-regexp", pattern])
  const settings = new Map(
    result.stdout.split("\0").map(line => {
      const [key = "", value = ""] = line.split("\n")
      return [key, value] as const
    }),
  )
  const configured = settings.get("branch.chatops/ledger.pushremote") ?? settings.get("branch.chatops/ledger.remote")
  const name = configured ?? "origin"
  if (!settings.has(`remote.${name}.url`) && !settings.has(`remote.${name}.pushurl`)) return undefined
  const chosen = settings.has("core.sshcommand") || process.env["GIT_SSH_COMMAND"] || process.env["GIT_SSH"]
  // Nobody can answer a question about a host key or a passphrase in the middle of a progress display.
  return { name, config: chosen ? [] : ["core.sshCommand=ssh -o BatchMode=yes -o ConnectTimeout=10"] }
}
