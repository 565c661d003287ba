import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"

export const root = new URL("../..", import.meta.url).pathname
export const bin = join(root, "packages/cli/bin/chatops.cjs")

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** How a command is run: where, with what around it. */
export interface Surroundings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Other user to run as; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** Starts a command as a user would type it, without a terminal. */
export function startChatops(args: readonly string[], { cwd, env = {}, input, user }: Surroundings): ChildProcess {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { ...process.env, NODE_ENV: "", VITEST: "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
    ...user,
  })
  child.stdin?.end(input ?? "")
  return child
}

export async function chatops(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  const child = startChatops(args, surroundings)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")])
  return { code: code ?? 1, stdout, stderr }
}

/** The one document that a command prints under `--json`. Throws what the command said when that is no JSON. */
export async function chatopsJson<Result>(args: readonly string[], surroundings: Surroundings): Promise<Result> {
  const { stdout, stderr, code } = await chatops([...args, "--json"], surroundings)
  try {
    return JSON.parse(stdout) as Result
  } catch {
    throw new Error(`chatops ${args.join(" ")} ended with ${code} and printed no JSON:\n${stdout}\n${stderr}`)
  }
}
