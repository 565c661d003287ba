import { existsSync } from "node:fs"
import { join } from "node:path"
import type { GatewayStatus, Register } from "@chatops/runtime/contract"
import { Client } from "undici"
import type { Environment } from "../../../environment.ts"
import type { EnvironmentState, PartState, RegionStatus } from "../../../environment-state.ts"
import { readIfExists } from "../../../process/durable-file.ts"
import { AgentClient } from "../agent/agent-client.ts"
import type { RegionSpec } from "../agent/spec.ts"
import type { AgentState } from "../agent/state.ts"
import { gatewayControlSocket, partPaths } from "../layout.ts"

/** Asks every part at once. None waits for another, and a dead one is an answer. */
export async function inspectLocal({ config, directories }: Environment): Promise<EnvironmentState> {
  const agent = (part: Parameters<typeof partPaths>[1]) => new AgentClient(partPaths(directories, part).socket).state()
  const [witness, entry, gateway, register, ...regions] = await Promise.all([
    agent({ kind: "witness" }),
    agent({ kind: "entry" }),
    gatewayStatus(gatewayControlSocket(directories)),
    registerOnDisk(partPaths(directories, { kind: "witness" }).directory),
    ...config.regions.map(async ({ name }) => regionStatus(name, await agent({ kind: "region", region: name }))),
  ])
  return {
    deployed: existsSync(join(partPaths(directories, { kind: "witness" }).directory, "spec.json")),
    witness: { ...partState(witness), register },
    regions,
    entry: { ...partState(entry), url: entryUrl(entry), gateway: gateway ?? null },
  }
}

/** The entry's address, from its agent or, when that is dead, from what was last asked of it. */
function entryUrl(state: AgentState | undefined): string | null {
  if (state?.spec.kind !== "entry") return null
  const { host, port } = state.spec.gateway.listen
  return `http://${host}:${port}`
}

function partState(state: AgentState | undefined): PartState {
  if (!state) return { reachable: false, healthy: false, detail: "not running" }
  return { reachable: true, healthy: state.settled && !state.failure, detail: state.failure?.message ?? state.phase }
}

function regionStatus(name: string, state: AgentState | undefined): RegionStatus {
  const spec = state?.spec.kind === "region" ? state.spec : undefined
  const region = state?.region
  return {
    name,
    ...partState(state),
    role: region?.role ?? "unknown",
    database: region?.database ?? "unknown",
    incarnation: region?.incarnation ?? null,
    streaming: region?.streaming ?? false,
    lagBytes: region?.lagBytes ?? null,
    release: spec?.replicas[0]?.release ?? null,
    replicas: spec && state ? replicas(spec, state) : [],
  }
}

function replicas(spec: RegionSpec, state: AgentState): RegionStatus["replicas"] {
  return spec.replicas.map(({ replica, listen }) => {
    const process = state.processes.find(({ name }) => name === replica)
    return {
      name: replica,
      ready: process?.ready ?? false,
      detail: process ? process.reasons.join("; ") || process.status : "not started",
      pid: process?.pid ?? null,
      restarts: process?.restarts ?? 0,
      address: `${listen.host}:${listen.port}`,
    }
  })
}

async function registerOnDisk(directory: string): Promise<Register | null> {
  const content = await readIfExists(join(directory, "register.json")).catch(() => undefined)
  return content === undefined ? null : (JSON.parse(content) as Register)
}

async function gatewayStatus(socketPath: string): Promise<GatewayStatus | undefined> {
  const client = new Client("http://gateway", { socketPath })
  try {
    const { body } = await client.request({ method: "GET", path: "/status", signal: AbortSignal.timeout(1_000) })
    return (await body.json()) as GatewayStatus
  } catch {
    return undefined
  } finally {
    await client.destroy()
  }
}
