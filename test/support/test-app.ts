import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chatops, chatopsJson, type Finished, root, type Surroundings } from "./chatops.ts"

/** An app of its own with a state directory of its own; nothing of it is left after `remove`. */
export interface TestApp {
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
  const home = mkdtempSync(join(tmpdir(), "chatops-e2e-"))
  chmodSync(home, 0o755)
  if (options.user) chownSync(home, options.user.uid, options.user.gid)
  const [directory, state] = [join(home, "app"), options.state ?? join(home, "state")]
  const env = {
    CHATOPS_STATE: state,
    HOME: home,
    XDG_RUNTIME_DIR: "",
    CHATOPS_CACHE: process.env["CHATOPS_CACHE"] ?? defaultCache(),
  }
  const surroundings = { cwd: home, env, ...(options.user && { user: options.user }) }
  const example = join(root, "examples", options.example ?? "quickstart")
  const made = await chatops(["init", directory, "--yes", "--from", example], surroundings)
  if (made.code !== 0) throw new Error(made.stdout + made.stderr)
  const inApp = { ...surroundings, cwd: directory }
  return {
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
      await chatops(["destroy", "--yes"], inApp)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The Pulumi CLI is shared with everything else on this machine: building it takes minutes. */
function defaultCache(): string {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/root", ".cache"), "chatops")
  mkdirSync(cache, { recursive: true })
  return cache
}
