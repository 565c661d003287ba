import { randomUUID } from "node:crypto"
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { RegionMemory } from "../../../failover/recovery.ts"
import { writeDurably } from "../../../process/durable-file.ts"
import type { TargetRecovery } from "../../../target.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { launchAgent } from "../agent/launch.ts"
import { recordedSpec } from "../agent/recorded-spec.ts"
import type { AgentSpec } from "../agent/spec.ts"
import { stopAgent } from "../agent/stop-agent.ts"
import { SupervisorMemory } from "../agent/supervisor-memory.ts"
import { type Part, partPaths } from "../layout.ts"
import { DataDirectories } from "../postgres/data-directory.ts"

/** Read from the disks, so that it matters not which supervisors live; written while the witness rests. */
export function localRecovery({ config, directories }: Environment): TargetRecovery {
  const place = (part: Part) => partPaths(directories, part)
  const regions = config.regions.map(({ name }) => name as string)
  return {
    memories: () => Promise.all(regions.map(region => memoryOf(region, place({ kind: "region", region }).directory))),
    write: async (register, signal) => {
      const witness = place({ kind: "witness" })
      const spec = await recordedSpec(witness.directory)
      if (spec === undefined) throw new ChatopsError("NOT_DEPLOYED", `environment ${config.name} has no witness`)
      await stopAgent(witness, signal)
      await replaceRegister(join(witness.directory, "register.json"), register)
      await launchAgent(spec, { signal })
      const specs = await Promise.all(regions.map(region => recordedSpec(place({ kind: "region", region }).directory)))
      await Promise.all(specs.map(lookAgain))
    },
  }
}

async function memoryOf(region: string, directory: string): Promise<RegionMemory> {
  const seen = await new SupervisorMemory(join(directory, "seen.json")).read().catch(() => ({ epoch: 0, version: 0 }))
  const data = await new DataDirectories(join(directory, "database")).adopted().catch(() => undefined)
  const led = await data?.led().catch(() => null)
  return {
    region,
    seen: seen.version === 0 ? null : seen,
    data:
      data === undefined
        ? { kind: "none" }
        : { kind: data.isStandby ? "standby" : "primary", incarnation: data.incarnation },
    led: led?.epoch ?? null,
  }
}

/** What was there is kept beside it. */
async function replaceRegister(file: string, register: Register): Promise<void> {
  await copyFile(file, `${file}.${randomUUID().slice(0, 8)}.old`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error
  })
  await writeDurably(file, JSON.stringify(register))
}

/** A region that closed itself before the older register starts over; one that is not running does when it is started. */
async function lookAgain(spec: AgentSpec | undefined): Promise<void> {
  if (spec === undefined) return
  const client = new AgentClient(spec.socket)
  if ((await client.state()) !== undefined) await client.apply(spec)
}
