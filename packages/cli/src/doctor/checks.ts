import type { ChatopsError } from "@chatops/stacks/errors"
import { pulumiVersion } from "../engine/pulumi-version.ts"
import type { Check } from "./check.ts"
import type { Machine } from "./machine.ts"

const leastNode = 24
const leastFreeBytes = 2 * 1024 ** 3

/** What chatops needs of a machine, in the order in which it is needed. */
export const checksOf = (machine: Machine): readonly Check[] => [
  { name: "node", look: async () => node(machine.nodeVersion) },
  { name: "git", look: async () => git(await machine.git("--version")) },
  { name: "git identity", look: async () => gitIdentity(await machine.git("config", "user.email")) },
  { name: "pulumi", look: () => pulumi(machine), fix: progress => machine.installPulumi(progress) },
  { name: "postgresql", look: () => postgresql(machine) },
  { name: "state directory", look: () => stateDirectory(machine) },
  { name: "disk", look: () => disk(machine) },
]

type Found = Awaited<ReturnType<Check["look"]>>

function node(version: string): Found {
  return Number(/^v(\d+)/.exec(version)?.[1]) >= leastNode
    ? { state: "ok", detail: version }
    : { state: "problem", detail: `${version} is too old`, hint: `Install Node ${leastNode}.` }
}

function git(found: string | undefined): Found {
  return found
    ? { state: "ok", detail: found }
    : { state: "problem", detail: "not found", hint: "Install git: the ledger is a branch of your repository." }
}

function gitIdentity(email: string | undefined): Found {
  const hint = "The ledger uses a fixed identity. Set yours with `git config --global user.email`."
  return email ? { state: "ok", detail: email } : { state: "warning", detail: "not set", hint }
}

async function pulumi(machine: Machine): Promise<Found> {
  const found = await machine.pulumi()
  if (found) return { state: "ok", detail: `${pulumiVersion} (${found.foundIn}: ${found.path})` }
  return {
    state: "problem",
    detail: `no Pulumi CLI ${pulumiVersion} on PATH or at ${machine.pulumiCache}`,
    hint: "`chatops doctor --fix` installs it, or builds it with Go.",
  }
}

async function postgresql(machine: Machine): Promise<Found> {
  try {
    return { state: "ok", detail: await machine.postgresVersion() }
  } catch (error) {
    const { message, hint } = error as ChatopsError
    return { state: "problem", detail: message, hint }
  }
}

async function stateDirectory(machine: Machine): Promise<Found> {
  const { stateRoot } = machine
  try {
    await machine.makeWritable(stateRoot)
    return { state: "ok", detail: stateRoot }
  } catch {
    const hint = "Give this user the directory, or name another with CHATOPS_STATE."
    return { state: "problem", detail: `${stateRoot} cannot be written`, hint }
  }
}

async function disk(machine: Machine): Promise<Found> {
  const bytes = await machine.freeBytes(machine.stateRoot).catch(() => undefined)
  if (bytes === undefined) return { state: "warning", detail: `the disk of ${machine.stateRoot} cannot be asked` }
  const detail = `${(bytes / 1024 ** 3).toFixed(1)} GiB free`
  return bytes >= leastFreeBytes
    ? { state: "ok", detail }
    : { state: "warning", detail, hint: "Two regions need about 1 GiB, and room to grow." }
}
