import { execFileSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { chatops, chatopsJson, type Finished, root, type Surroundings } from "./chatops.ts"
import { endAll } from "./processes.ts"
import { requirePulumi } from "./pulumi.ts"

/**
 * An app of its own with a state directory of its own; nothing of it is left after `remove`, which destroys nothing as a
 * user would: that takes seconds, and is a test of its own.
 */
export interface TestApp {
  /** Holds everything of it, directory and state too. */
  readonly home: string
  readonly directory: string
  readonly state: string
  readonly surroundings: Surroundings
  run(...args: string[]): Promise<Finished>
  json<Result>(...args: string[]): Promise<Result>
  /** Changes chatops.yaml (or another file) in place. */
  edit(change: (text: string) => string, file?: string): void
  remove(): Promise<void>
}

/** Makes an app from an example, as `npm start` does. */
export async function makeApp(
  options: { user?: Surroundings["user"]; example?: string; state?: string } = {},
): Promise<TestApp> {
  await requirePulumi()
  const home = mkdtempSync(join(tmpdir(), "chatops-e2e-"))
  chmodSync(home, 0o755)
  if (options.user) chownSync(home, options.user.uid, options.user.gid)
  const directory = join(home, "app")
  // An ordinary user gets the places that one has; root's are moved, to stay apart from what else runs here.
  const state = options.user ? join(home, ".local", "state", "chatops") : (options.state ?? join(home, "state"))
  const places = options.user
    ? privateCache(home, options.user)
    : { CHATOPS_STATE: state, CHATOPS_CACHE: sharedCache() }
  const env = { HOME: home, XDG_STATE_HOME: "", XDG_CACHE_HOME: "", ...places }
  const surroundings = { cwd: home, env, ...(options.user && { user: options.user }) }
  const example = join(root, "examples", options.example ?? "quickstart")
  const made = await chatops(["init", directory, "--yes", "--from", example], surroundings)
  if (made.code !== 0) throw new Error(made.stdout + made.stderr)
  const inApp = { ...surroundings, cwd: directory }
  return {
    home,
    directory,
    state,
    surroundings: inApp,
    run: (...args) => chatops(args, inApp),
    json: (...args) => chatopsJson(args, inApp),
    edit: (change, file = "chatops.yaml") => {
      const path = join(directory, file)
      writeFileSync(path, change(readFileSync(path, "utf8")))
    },
    remove: async () => {
      // What lies in a directory that others use too has to be taken out of it properly.
      if (options.state) await chatops(["destroy", "--yes"], inApp)
      await endAll(home)
      for (const directory of options.state ? [] : socketDirectories(state))
        rmSync(directory, { recursive: true, force: true })
      rmSync(home, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** Where supervisors listen whose state directory has too long a path for that. */
function socketDirectories(state: string): string[] {
  return globSync("*/*/{witness,entry,regions/*}/spec.json", { cwd: state })
    .map(file => JSON.parse(readFileSync(join(state, file), "utf8")) as { socket: string })
    .map(({ socket }) => dirname(socket))
    .filter(directory => !directory.startsWith(state))
}

/** The Pulumi CLI is shared with everything else on this machine: building it takes minutes. */
function sharedCache(): string {
  const home = process.env["XDG_CACHE_HOME"] || join(process.env["HOME"] ?? "/root", ".cache")
  return process.env["CHATOPS_CACHE"] || join(home, "chatops")
}

/** A copy of it for a user who may not enter ours. */
function privateCache(home: string, user: { uid: number; gid: number }): Record<string, string> {
  const [from, to] = [join(sharedCache(), "pulumi"), join(home, ".cache", "chatops", "pulumi")]
  mkdirSync(to, { recursive: true })
  if (existsSync(from)) cpSync(from, to, { recursive: true })
  execFileSync("chown", ["-R", `${user.uid}:${user.gid}`, join(home, ".cache")])
  return {}
}
