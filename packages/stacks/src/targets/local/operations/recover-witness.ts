import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { copyFile, readdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { surelyOver } from "../../../failover/lease.ts"
import type { RegionMemory } from "../../../failover/recovery.ts"
import { writeDurably } from "../../../process/durable-file.ts"
import type { TargetRecovery } from "../../../target.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { launchAgent } from "../agent/launch.ts"
import { recordedSpec } from "../agent/recorded-spec.ts"
import { stopAgent } from "../agent/stop-agent.ts"
import { SupervisorMemory } from "../agent/supervisor-memory.ts"
import { partPaths } from "../layout.ts"
import { DataDirectories } from "../postgres/data-directory.ts"
import { registerOnDisk } from "./inspect.ts"

/** Read from the disks, so that it matters not which supervisors live; written while the witness rests. */
export function localRecovery({ config, directories }: Environment): TargetRecovery {
  const placeOf = (region: string) => partPaths(directories, { kind: "region", region })
  const witness = partPaths(directories, { kind: "witness" })
  const named = config.regions.map(({ name }) => name as string)
  /** Also one that has left chatops.yaml and has not been taken down yet. */
  const regions = async () => [
    ...new Set([...named, ...(await readdir(dirname(placeOf("x").directory)).catch(() => []))]),
  ]
  return {
    memories: async () => Promise.all((await regions()).map(region => memoryOf(region, placeOf(region).directory))),
    write: async (register, expected, signal) => {
      const spec = await recordedSpec(witness.directory)
      if (spec === undefined) throw new ChatopsError("NOT_DEPLOYED", `environment ${config.name} has no witness`)
      await stopAgent(witness, signal)
      try {
        await replaceRegister(witness.directory, register, expected, async () => {
          if (register.claim !== "forced") return
          // Nobody renews a lease while the witness rests, and what is left of a region that does not answer is ended.
          const others = (await regions()).filter(region => region !== register.primary).map(placeOf)
          await Promise.all(others.map(async place => (await answers(place)) || stopAgent(place, signal)))
          await delay(surelyOver(register.lease ?? 0), undefined, { signal })
        })
      } finally {
        await launchAgent(spec, { signal })
      }
      await Promise.all((await regions()).map(region => lookAgain(placeOf(region))))
    },
  }
}

type Place = ReturnType<typeof partPaths>

async function memoryOf(region: string, directory: string): Promise<RegionMemory> {
  const nothing = { region, seen: null, data: { kind: "none" }, led: null, problem: null } as const
  try {
    const seen = await new SupervisorMemory(join(directory, "seen.json")).read()
    const data = await new DataDirectories(join(directory, "database")).adopted()
    const known = { ...nothing, seen: seen.version === 0 ? null : seen }
    if (data === undefined) return known
    if (!existsSync(join(data.path, "PG_VERSION"))) return { ...known, problem: `${data.path} holds no data` }
    const kind = data.isStandby ? "standby" : "primary"
    return { ...known, data: { kind, incarnation: data.incarnation }, led: (await data.led())?.epoch ?? null }
  } catch (error) {
    return { ...nothing, problem: (error as Error).message }
  }
}

/** `before` is done when it is sure that the register is to be replaced. What was there is kept beside it. */
async function replaceRegister(
  directory: string,
  register: Register,
  expected: Register | null,
  before: () => Promise<void>,
): Promise<void> {
  const present = await registerOnDisk(directory)
  if (present?.nonce === register.nonce) return
  if (present?.version !== expected?.version || present?.epoch !== expected?.epoch)
    throw new ChatopsError("WITNESS_UNRECOVERABLE", "the register has changed meanwhile; look again")
  await before()
  const file = join(directory, "register.json")
  if (existsSync(file)) await copyFile(file, `${file}.${randomUUID().slice(0, 8)}.old`)
  await writeDurably(file, JSON.stringify(register))
}

const answers = async (place: Place): Promise<boolean> =>
  (await new AgentClient(await agentSocket(place)).state()) !== undefined

/** A region that closed itself before the older register starts over; one that is not running does when it is started. */
async function lookAgain(place: Place): Promise<void> {
  const spec = await recordedSpec(place.directory)
  if (spec !== undefined && (await answers(place))) await new AgentClient(await agentSocket(place)).apply(spec)
}
