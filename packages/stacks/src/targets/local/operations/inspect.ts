import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { type GatewayStatus, Register } from "@chatops/runtime/contract"
import type { z } from "zod"
import type { Environment } from "../../../environment.ts"
import type { EnvironmentState, PartState, RegionStatus } from "../../../environment-state.ts"
import { readIfExists } from "../../../process/durable-file.ts"
import { AgentClient } from "../agent/agent-client.ts"
import { type AgentPlace, agentSocket } from "../agent/agent-socket.ts"
import { recordedSpec } from "../agent/recorded-spec.ts"
import { requestOverSocket } from "../agent/socket-request.ts"
import type { AgentSpec, RegionSpec } from "../agent/spec.ts"
import type { AgentState } from "../agent/state.ts"
import { gatewayControlSocket, type Part, type PartPlaces, partPaths } from "../layout.ts"
import { type StandbyAnswer, standbyAnswers } from "./standby-answers.ts"

/** Asks every part at once, and who lags behind whom after that. None waits for another, and a dead one is an answer. */
export const inspectLocal = ({ config, directories }: Environment): Promise<EnvironmentState> =>
  inspectParts(
    directories,
    config.regions.map(({ name }) => name),
  )

/** `reaches`: whether whoever asks has a way to that region. */
export async function inspectParts(
  directories: PartPlaces,
  regionNames: readonly string[],
  reaches: (region: string) => boolean = () => true,
): Promise<EnvironmentState> {
  const ask = async (part: Part) => {
    const place = partPaths(directories, part)
    const socket = await agentSocket(place)
    const agent = new AgentClient(socket)
    const isReached = part.kind !== "region" || reaches(part.region)
    const [state, asked] = await Promise.all([isReached ? agent.state() : undefined, recordedSpec(place.directory)])
    return { agent, state, spec: state?.spec ?? asked }
  }
  const [witness, entry, gateway, register, ...regions] = await Promise.all([
    ask({ kind: "witness" }),
    ask({ kind: "entry" }),
    gatewayStatus(partPaths(directories, { kind: "entry" })),
    registerOnDisk(partPaths(directories, { kind: "witness" }).directory),
    ...regionNames.map(async name => ({ name, ...(await ask({ kind: "region", region: name })) })),
  ])
  const standbys = await standbyAnswers(regions)
  return {
    deployed: existsSync(join(partPaths(directories, { kind: "witness" }).directory, "spec.json")),
    witness: { ...partState(witness.state), register },
    regions: regions.map(({ name, ...answer }) => regionStatus(name, answer, standbys.get(name))),
    watcher: entry.state?.watcher ? { restraint: null, ...entry.state.watcher } : null,
    notify: entry.state?.notify ?? null,
    entry: { ...partState(entry.state), url: entryUrl(entry.spec), gateway: gateway ?? null },
  }
}

interface Answer {
  readonly state: AgentState | undefined
  /** What the part should be: from its agent or, when that is dead, what was last asked of it. */
  readonly spec: AgentSpec | undefined
}

function parsed<Value>(schema: z.ZodType<Value>, content: string | undefined): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(content ?? "")).data
  } catch {
    return undefined
  }
}

function entryUrl(spec: AgentSpec | undefined): string | null {
  if (spec?.kind !== "entry") return null
  const { host, port } = spec.gateway.listen
  return `http://${host}:${port}`
}

function partState(state: AgentState | undefined): PartState {
  if (!state) return { reachable: false, healthy: false, detail: "not running" }
  return { reachable: true, healthy: state.settled && !state.failure, detail: state.failure?.message ?? state.phase }
}

function regionStatus(name: string, { state, spec: known }: Answer, standby?: StandbyAnswer): RegionStatus {
  const spec = known?.kind === "region" ? known : undefined
  const region = state?.region
  return {
    name,
    ...regionHealth(state),
    role: region?.role ?? "unknown",
    database: region?.database ?? "unknown",
    incarnation: region?.incarnation ?? null,
    streaming: region?.streaming ?? false,
    lag: standby?.lag ?? null,
    replayed: standby?.replayed ?? null,
    release: spec?.replicas[0]?.release ?? null,
    replicas: spec ? replicas(spec, state) : [],
    primarySince: region?.primarySince ?? null,
    witnessAnswers: region?.witnessAnswers ?? null,
    fitness: region?.fitness ?? null,
    lostTurns: region?.lostTurns ?? null,
    unread: region?.unread ?? null,
  }
}

/** A standby that receives nothing gives no redundancy, however well it runs. It needs no restart: it reconnects itself. */
function regionHealth(state: AgentState | undefined): PartState {
  const part = partState(state)
  const region = state?.region
  if (!part.healthy || region?.role !== "standby" || region.streaming) return part
  return { ...part, healthy: false, detail: `not streaming from ${region.register?.primary ?? "its primary"}` }
}

function replicas(spec: RegionSpec, state: AgentState | undefined): RegionStatus["replicas"] {
  return spec.replicas.map(({ replica, listen }) => {
    const process = state?.processes.find(({ name }) => name === replica)
    return {
      name: replica,
      ready: process?.ready ?? false,
      detail: process ? process.reasons.join("; ") || process.status : state ? "not started" : "not running",
      pid: process?.pid ?? null,
      restarts: process?.restarts ?? 0,
      address: `${listen.host}:${listen.port}`,
    }
  })
}

/** Null also when it cannot be read: that is the witness's trouble to tell. */
export async function registerOnDisk(directory: string): Promise<Register | null> {
  return parsed(Register, await readIfExists(join(directory, "register.json")).catch(() => undefined)) ?? null
}

/** The gateway listens beside its agent. */
async function gatewayStatus(entry: AgentPlace): Promise<GatewayStatus | undefined> {
  const socket = gatewayControlSocket({ run: dirname(await agentSocket(entry)) })
  const request = { socket, method: "GET", path: "/status", signal: AbortSignal.timeout(1_000) } as const
  return requestOverSocket(request).then(
    ({ body }) => body as GatewayStatus,
    () => undefined,
  )
}
