import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { vi } from "vitest"
import { loadConfig } from "../config/load-config.ts"
import { type Environment, environmentOf } from "../environment.ts"
import { launchAgent } from "../targets/local/agent/launch.ts"
import type { AgentSpec, EntrySpec, RegionSpec } from "../targets/local/agent/spec.ts"
import { stopAgent } from "../targets/local/agent/stop-agent.ts"
import { allocatePasswords, allocatePorts } from "../targets/local/allocation.ts"
import { PartSpecs } from "../targets/local/part-specs.ts"
import { useStateRoot } from "./scratch-state.ts"

/** A whole environment of two regions, with a replica each, as a deploy makes it; without an engine. */
export interface ScratchEnvironment {
  readonly environment: Environment
  readonly entry: EntrySpec
  /** The primary, … */
  readonly east: RegionSpec
  /** … and the standby. */
  readonly west: RegionSpec
  /** Stops everything and removes it. */
  end(): Promise<void>
}

/** `keys`: more of them, each a line. */
const yaml = (durability: string, keys: string) => `app: bot
chat:
  model: simulated
  upstreams: [{ name: simulator, simulator: {} }]
environments:
  local:
    target: local
    regions: { east: {}, west: {} }
    primary: east
    durability: ${durability}
    runtime: { replicas: 1, drain: 1s }
${keys}`
const inRegion = (region: string, other: string) =>
  ["database", "simulator", "r1", "link/witness", `link/${other}`, `link/${other}/r1`].map(name => `${region}/${name}`)
const names = ["witness", "entry", ...inRegion("east", "west"), ...inRegion("west", "east")]

export async function startScratchEnvironment(durability = "async", keys = ""): Promise<ScratchEnvironment> {
  const root = mkdtempSync(join(tmpdir(), "chatops-"))
  useStateRoot(root)
  const app = join(root, "app")
  mkdirSync(app)
  writeFileSync(join(app, "chatops.yaml"), yaml(durability, keys))
  const config = await loadConfig(app)
  const local = config.environments.find(({ name }) => name === "local")
  if (!local) throw new Error("the scratch environment is not in its own configuration")
  const environment = environmentOf(config, app, local)
  const { directories } = environment
  const signal = AbortSignal.timeout(50_000)
  await allocatePasswords(directories)
  const requests = names.map(name => ({ name, inUse: false }))
  const specs = new PartSpecs(environment, await allocatePorts(directories, requests, signal), {})
  const [witness, east, west, entry] = [specs.witness(), specs.region("east"), specs.region("west"), specs.entry()]
  const end = async () => {
    const parts: AgentSpec[] = [entry, east, west, witness]
    await Promise.all(parts.map(part => stopAgent(part, AbortSignal.timeout(30_000))))
    vi.unstubAllEnvs()
    rmSync(root, { recursive: true, force: true })
    rmSync(directories.run, { recursive: true, force: true })
  }
  try {
    await launchAgent(witness, { signal })
    await Promise.all([east, west, entry].map(spec => launchAgent(spec, { signal })))
  } catch (error) {
    await end()
    throw error
  }
  return { environment, entry, east, west, end }
}
