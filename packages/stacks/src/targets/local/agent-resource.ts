import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { resolve, sep } from "node:path"
import { isDeepStrictEqual } from "node:util"
import * as z from "zod"
import { ChatopsError } from "../../errors/chatops-error.ts"
import type { Difference, Properties, ResourceHandler } from "../../provider/resource-handler.ts"
import type { EnvironmentDirectories } from "../../state/state-directory.ts"
import { AgentClient } from "./agent/agent-client.ts"
import { agentSocket } from "./agent/agent-socket.ts"
import { launchAgent } from "./agent/launch.ts"
import { storedProgram } from "./agent/program-store.ts"
import { AgentSpec } from "./agent/spec.ts"
import type { AgentState } from "./agent/state.ts"
import { stopAgent } from "./agent/stop-agent.ts"
import type { AskedSpecs } from "./asked-specs.ts"
import { explainChange } from "./explain-change.ts"
import { formerPrimarySocketDirectory, linkControlSocket } from "./layout.ts"

export const agentResourceType = "chatops:local:Agent"

export interface AgentHandlerParts {
  readonly own: EnvironmentDirectories
  readonly asked: AskedSpecs
  readonly progress: (stack: string, text: string) => void
}

/** One resource: a detached process on this machine that keeps its spec true. */
export function agentHandler({ own, asked, progress }: AgentHandlerParts): ResourceHandler {
  const launch = async (inputs: Properties, signal: AbortSignal): Promise<Properties> => {
    const spec = readSpec(inputs)
    refuseForeign(own, spec.directory)
    const stack = spec.kind === "region" ? spec.region : spec.kind
    await launchAgent(spec, { signal, onPhase: phase => progress(stack, phase) })
    return inputs
  }
  return {
    create: async (_urn, inputs, signal) => {
      asked.refuseOther(String(inputs["spec"]))
      return { id: readSpec(inputs).directory, outputs: await launch(inputs, signal) }
    },
    diff: async (_id, outputs, inputs) => {
      const recorded = AgentSpec.safeParse(json(outputs))
      if (!recorded.success) return { reasons: ["another version of chatops made it: its supervisor restarts"] }
      return compare(recorded.data, settled(recorded.data, readSpec(inputs)))
    },
    update: async (_id, outputs, inputs, signal) => {
      asked.refuseOther(String(inputs["spec"]))
      const recorded = AgentSpec.safeParse(json(outputs))
      const wanted = recorded.success ? settled(recorded.data, readSpec(inputs)) : readSpec(inputs)
      return launch({ ...inputs, spec: JSON.stringify(wanted) }, signal)
    },
    delete: async (_id, outputs, signal) => {
      const { directory, socket } = Place.parse(json(outputs))
      refuseForeign(own, directory)
      await stopAgent({ directory, socket }, signal)
      await rm(directory, { recursive: true, force: true })
      if (!isWithin(own.run, socket)) return
      await rm(socket, { force: true })
      await rm(linkControlSocket(socket), { force: true })
      await rm(`${socket}.pg`, { recursive: true, force: true })
      await rm(formerPrimarySocketDirectory(socket), { recursive: true, force: true })
    },
  }
}

/**
 * Whatever an engine's state or a caller of the provider names: only this environment's own parts are touched. A state
 * directory that was copied elsewhere still names those of the original.
 */
function refuseForeign({ state }: EnvironmentDirectories, directory: string): void {
  if (isWithin(state, directory)) return
  throw new ChatopsError("STATE_FOREIGN", `the engine's state names ${directory}, which is no part of ${state}`)
}

const isWithin = (parent: string, path: string): boolean => resolve(path).startsWith(`${resolve(parent)}${sep}`)

/** The register's first value counts once, when the environment is made: a later `primary` in chatops.yaml changes nothing. */
function settled(recorded: AgentSpec, wanted: AgentSpec): AgentSpec {
  return recorded.kind === "witness" && wanted.kind === "witness" ? { ...wanted, initial: recorded.initial } : wanted
}

async function compare(recorded: AgentSpec, wanted: AgentSpec): Promise<Difference> {
  const state = await new AgentClient(await agentSocket(wanted)).state()
  if (!state) return { reasons: ["it is not running"] }
  const changes = isDeepStrictEqual(recorded, wanted) ? [] : explainChange(recorded, wanted)
  // What runs can differ from what was recorded: an interrupted update, or somebody else's.
  const drift = isDeepStrictEqual(state.spec, wanted) ? [] : explainChange(state.spec, wanted)
  return { reasons: [...new Set([...changes, ...drift, ...broken(state), ...gone(state)])] }
}

/** What runs goes on, but could not be started again. */
function gone({ runsFrom, spec }: AgentState): string[] {
  if (!runsFrom) return []
  const { store, node } = runsFrom
  const programs = Object.entries(spec.bundles).map(([name, fingerprint]) => storedProgram(store, name, fingerprint))
  return [node, ...programs]
    .filter(file => !existsSync(file))
    .slice(0, 1)
    .map(file => `what it runs was removed: ${file}`)
}

function broken(state: AgentState): string[] {
  // The witness is a part of its own: a region that waits for it goes on by itself once that is mended.
  if (state.failure && state.failure.code !== "WITNESS_UNREACHABLE") return [`it failed: ${state.failure.message}`]
  return state.processes
    .filter(process => process.status === "failed")
    .map(process => `${process.name} failed: ${process.reasons.join("; ")}`)
}

/** The spec travels as one JSON text: the engine would turn integers into floats and drop nulls on the way. */
const readSpec = (properties: Properties): AgentSpec => AgentSpec.parse(json(properties))
const json = (properties: Properties): unknown => JSON.parse(String(properties["spec"]))

/** All that removing takes, whichever version of chatops recorded it. */
const Place = z.object({ directory: z.string(), socket: z.string() })
