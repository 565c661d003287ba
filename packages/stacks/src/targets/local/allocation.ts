import { randomBytes } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod"
import { ChatopsError } from "../../errors/chatops-error.ts"
import { readIfExists, writeDurably } from "../../process/durable-file.ts"
import { takeLock } from "../../process/process-lock.ts"
import { type EnvironmentDirectories, makePassable, stateRoot } from "../../state/state-directory.ts"
import { untilTrue } from "./agent/until.ts"
import { findFreePort, isFree } from "./free-port.ts"
import { passwordFile, passwordNames } from "./layout.ts"

const Allocation = z.record(z.string(), z.int())

/** Ports by what they are for: `entry`, `witness`, `east/database`, `east/r1`, `east/link/west` … */
export type Ports = Readonly<Record<string, number>>

export interface PortRequest {
  readonly name: string
  /** Whether the part that listens here runs now: then the port is its own, and stays. */
  readonly inUse: boolean
  /** A port that the user chose; it is taken as it is. */
  readonly fixed?: number | undefined
}

/**
 * Gives every name a port, once: the same names get the same ports ever after, across restarts and reboots. Only a
 * port that a stranger took while its part was down is given up for another. Throws PORT_TAKEN when none is free.
 */
export async function allocatePorts(
  directories: EnvironmentDirectories,
  requests: readonly PortRequest[],
  signal: AbortSignal,
): Promise<Ports> {
  const file = allocationFile(directories)
  const release = await lockPorts(signal)
  try {
    const known = await readAllocation(file)
    const ports = await choosePorts(file, known, requests, signal)
    // Names that are not asked for keep their port: a region that comes back finds its own.
    await writeDurably(file, JSON.stringify({ ...known, ...ports }, null, 2))
    return ports
  } finally {
    release()
  }
}

/** What `allocatePorts` would give now. Nothing is kept, so that a name without a port may get another later. */
export async function foreseePorts(
  directories: EnvironmentDirectories,
  requests: readonly PortRequest[],
  signal: AbortSignal,
): Promise<Ports> {
  const file = allocationFile(directories)
  return choosePorts(file, await readAllocation(file), requests, signal)
}

const allocationFile = ({ state }: EnvironmentDirectories): string => join(state, "allocation.json")

async function choosePorts(
  file: string,
  known: Ports,
  requests: readonly PortRequest[],
  signal: AbortSignal,
): Promise<Ports> {
  const chosen = requests.flatMap(({ fixed }) => fixed ?? [])
  const taken = new Set([...portsOfOthers(file), ...Object.values(known), ...chosen])
  const ports: Record<string, number> = {}
  for (const { name, inUse, fixed } of requests) {
    const before = known[name]
    const keep = before !== undefined && !chosen.includes(before) && (inUse || (await isFree(before)))
    const port = fixed ?? (keep ? before : await findFreePort(taken, signal))
    taken.add(port)
    ports[name] = port
  }
  return ports
}

/** Beginning anew would move every port; what is there may be mended. */
async function readAllocation(file: string): Promise<Ports> {
  const content = (await readIfExists(file)) ?? "{}"
  try {
    return Allocation.parse(JSON.parse(content))
  } catch (cause) {
    throw new ChatopsError("STATE_UNREADABLE", `${file} does not hold this environment's ports`, { cause })
  }
}

/** Makes the passwords that do not exist yet. */
export async function allocatePasswords(directories: EnvironmentDirectories): Promise<void> {
  makePassable(directories.state)
  await mkdir(join(directories.state, "passwords"), { recursive: true, mode: 0o700 })
  for (const name of passwordNames) {
    const file = passwordFile(directories, name)
    if ((await readIfExists(file)) === undefined) await writeDurably(file, randomBytes(24).toString("base64url"))
  }
}

/** Environments of all apps share this machine's ports, running or not. */
function portsOfOthers(own: string): number[] {
  const files = globSync("*/*/allocation.json", { cwd: stateRoot() }).map(file => join(stateRoot(), file))
  return files
    .filter(file => file !== own)
    .flatMap(file => {
      try {
        return Object.values(Allocation.parse(JSON.parse(readFileSync(file, "utf8"))))
      } catch {
        return []
      }
    })
}

async function lockPorts(signal: AbortSignal): Promise<() => void> {
  let release: (() => void) | undefined
  await untilTrue(
    undefined,
    () => {
      const attempt = takeLock(join(stateRoot(), "ports.lock"), "allocating ports")
      if (attempt.taken) release = attempt.release
      return attempt.taken
    },
    signal,
  )
  return () => release?.()
}
