import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { cliDirectory } from "./built-command-line.ts"

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  /** Another Node than this one. */
  readonly node?: string
}

/** Starts the built command line as a user would, without a terminal; state is kept in the directory it runs in. */
export function startChatops(
  args: readonly string[],
  { cwd, env = {}, input = "", node = process.execPath }: Surroundings,
): ChildProcess {
  const child = spawn(node, [join(cliDirectory, "bin", "chatops.cjs"), ...args], {
    cwd,
    env: {
      ...process.env,
      NODE_ENV: "",
      FORCE_COLOR: undefined,
      NO_COLOR: undefined,
      CHATOPS_APP: undefined,
      CHATOPS_STATE: join(cwd, ".state"),
      ...env,
    },
  })
  child.stdin?.on("error", () => undefined).end(input)
  return child
}

export async function runChatops(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  const child = startChatops(args, surroundings)
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error("the child has no pipes")
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, "close")])
  return { code, stdout: out, stderr: err }
}
