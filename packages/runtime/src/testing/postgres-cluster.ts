import { spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { postgresBinaries } from "./postgres-binaries.ts"

/** A data directory fresh from `initdb`, to be copied: made once per version of PostgreSQL, for `initdb` takes seconds. */
export function newCluster(owner: string, password: string): string {
  const binaries = postgresBinaries()
  const target = `${binaries}-cluster`
  if (existsSync(target)) return target
  const identity = unprivileged()
  const unfinished = `${target}.${randomUUID()}`
  const data = join(unfinished, "data")
  const passwordFile = join(unfinished, "password")
  mkdirSync(unfinished)
  writeFileSync(passwordFile, password)
  if (identity.uid !== undefined) {
    for (const path of [unfinished, passwordFile]) chownSync(path, identity.uid, identity.gid)
  }
  const options = [
    "-U",
    owner,
    "--pwfile",
    passwordFile,
    "-A",
    "scram-sha-256",
    "--no-sync",
    "-E",
    "UTF8",
    "--no-locale",
  ]
  run(join(binaries, "bin/initdb"), ["-D", data, ...options], identity)
  try {
    renameSync(data, target)
  } catch (error) {
    // Another test was faster.
    if (!existsSync(target)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return target
}

/** PostgreSQL refuses to run as root; `nobody` is there on every Linux. */
export function unprivileged():
  | { readonly uid: number; readonly gid: number }
  | { readonly uid?: never; readonly gid?: never } {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
}

export function run(command: string, args: readonly string[], identity: ReturnType<typeof unprivileged>): void {
  const result = spawnSync(command, args, {
    ...identity,
    cwd: "/",
    env: { LANG: "C", PATH: "/usr/bin:/bin" },
    encoding: "utf8",
  })
  if (result.status !== 0) throw new Error(`${command} failed: ${result.stderr}${result.error ?? ""}`)
}
