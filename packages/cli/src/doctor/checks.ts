import { execFile } from "node:child_process"
import { access, constants, mkdir, statfs } from "node:fs/promises"
import { promisify } from "node:util"
import type { ChatopsError } from "@chatops/stacks/errors"
import { stateRoot } from "@chatops/stacks/state"
import { cachedBinary, findPulumi } from "../engine/find-pulumi.ts"
import { pulumiVersion } from "../engine/pulumi-version.ts"
import type { Check } from "./check.ts"

const run = promisify(execFile)
const leastNode = 24
const leastFreeBytes = 2 * 1024 ** 3

/** What chatops needs of a machine, in the order in which it is needed. */
export const checks: readonly Check[] = [
  {
    name: "node",
    look: async () =>
      Number(process.versions.node.split(".")[0]) >= leastNode
        ? { state: "ok", detail: process.version }
        : { state: "problem", detail: `${process.version} is too old`, hint: `Install Node ${leastNode}.` },
  },
  {
    name: "git",
    look: async () => {
      const found = await run("git", ["--version"]).then(
        ({ stdout }) => stdout.trim(),
        () => undefined,
      )
      return found
        ? { state: "ok", detail: found }
        : { state: "problem", detail: "not found", hint: "Install git: the ledger is a branch of your repository." }
    },
  },
  {
    name: "git identity",
    look: async () => {
      const email = await run("git", ["config", "user.email"]).then(
        ({ stdout }) => stdout.trim(),
        () => "",
      )
      return email
        ? { state: "ok", detail: email }
        : {
            state: "warning",
            detail: "not set",
            hint: "The ledger uses a fixed identity. Set yours with `git config --global user.email`.",
          }
    },
  },
  {
    name: "pulumi",
    look: async () => {
      const found = await findPulumi({ lookOnly: true }).catch(() => undefined)
      if (found) return { state: "ok", detail: `${pulumiVersion} (${found.foundIn}: ${found.path})` }
      return {
        state: "problem",
        detail: `no Pulumi CLI ${pulumiVersion} on PATH or at ${cachedBinary()}`,
        hint: "`chatops doctor --fix` installs it, or builds it with Go.",
      }
    },
    fix: async progress => void (await findPulumi({ onProgress: progress })),
  },
  {
    name: "postgresql",
    look: async () => {
      try {
        const { findPostgres } = await import("@chatops/stacks")
        return { state: "ok", detail: findPostgres().version }
      } catch (error) {
        const { message, hint } = error as ChatopsError
        return { state: "problem", detail: message, hint }
      }
    },
  },
  {
    name: "state directory",
    look: async () => {
      const root = stateRoot()
      try {
        await mkdir(root, { recursive: true, mode: 0o711 })
        await access(root, constants.W_OK)
        return { state: "ok", detail: root }
      } catch {
        return {
          state: "problem",
          detail: `${root} cannot be written`,
          hint: "Give this user the directory, or name another with CHATOPS_STATE.",
        }
      }
    },
  },
  {
    name: "disk",
    look: async () => {
      const { bavail, bsize } = await statfs(stateRoot()).catch(() => ({ bavail: 0, bsize: 0 }))
      const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`
      return bavail * bsize >= leastFreeBytes
        ? { state: "ok", detail: free }
        : { state: "warning", detail: free, hint: "Two regions need about 1 GiB, and room to grow." }
    },
  },
]
