import { randomBytes } from "node:crypto"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { Difference, Environment, OpenTarget } from "@chatops/stacks"
import { readIfExists, writeDurably } from "@chatops/stacks/process"
import { serveProvider } from "@chatops/stacks/provider"
import type { LocalWorkspaceOptions } from "@pulumi/pulumi/automation/index.js"
import { findPulumi } from "./find-pulumi.ts"
import { awaitOrphanedEngines } from "./stale-locks.ts"

export interface EngineOptions {
  readonly signal: AbortSignal
  readonly onProgress: (part: string, text: string) => void
  /** For work that only looks, beside an operation that may be running. */
  readonly dryRun?: boolean
}

/** What all stacks of one environment share while the engine runs. */
export interface EngineWorkspace {
  readonly options: LocalWorkspaceOptions
  /** What the provider found different, by resource. */
  readonly differences: ReadonlyMap<string, Difference>
  /** What failed in the provider, by resource. */
  readonly failures: Map<string, Error>
  close(): Promise<void>
}

/** Throws PULUMI_MISSING. */
export async function openWorkspace(
  environment: Environment,
  target: OpenTarget,
  engine: EngineOptions,
): Promise<EngineWorkspace> {
  const [{ default: automation }, binary] = await Promise.all([
    import("@pulumi/pulumi/automation/index.js"),
    findPulumi({ signal: engine.signal, onProgress: text => engine.onProgress("engine", text) }),
  ])
  const directory = join(environment.directories.state, "pulumi")
  await mkdir(join(directory, "state"), { recursive: true, mode: 0o700 })
  // A preview takes no lock and waits for none.
  if (!engine.dryRun)
    await awaitOrphanedEngines(join(directory, "state"), {
      signal: engine.signal,
      onWaiting: () => engine.onProgress("engine", "waiting for the engine of a killed operation to end"),
    })
  const [differences, failures] = [new Map<string, Difference>(), new Map<string, Error>()]
  // Providers run in this process: there is no plugin to find, start and end, and errors and reasons arrive whole.
  const provider = await serveProvider(target.resources(engine.onProgress), engine.signal, {
    onDiff: (urn, difference) => differences.set(urn, difference),
    onError: (urn, error) => failures.set(urn, error),
    onRefused: uid =>
      engine.onProgress("engine", `refused a call from ${uid === undefined ? "an unknown user" : `user ${uid}`}`),
  })
  const options: LocalWorkspaceOptions = {
    pulumiCommand: await automation.PulumiCommand.get(
      binary.foundIn === "PATH" ? {} : { root: join(binary.path, "..", "..") },
    ),
    pulumiHome: join(directory, "home"),
    envVars: {
      // A checkpoint appears whole or not at all, but its sidecar of metadata is written in place: an engine killed
      // there would leave a stack that cannot be read any more.
      PULUMI_BACKEND_URL: `file://${join(directory, "state")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: await passphrase(environment, engine.dryRun),
      PULUMI_DEBUG_PROVIDERS: provider.attach,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  }
  return { options, differences, failures, close: () => provider.close() }
}

/** A look that finds none keeps none: what it would write could take the place of a deploy's that begins just now. */
async function passphrase({ directories }: Environment, dryRun = false): Promise<string> {
  const file = join(directories.state, "passwords", "engine")
  const known = await readIfExists(file)
  if (known !== undefined) return known
  const made = randomBytes(24).toString("base64url")
  if (!dryRun) await writeDurably(file, made)
  return made
}
