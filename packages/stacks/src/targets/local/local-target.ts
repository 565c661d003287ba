import { existsSync } from "node:fs"
import { readdir, readFile, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Environment } from "../../environment.ts"
import { ChatopsError } from "../../errors/chatops-error.ts"
import { secretProblem } from "../../notify/webhook-secret.ts"
import { SecretStore } from "../../state/secret-store.ts"
import type { EnvironmentDirectories } from "../../state/state-directory.ts"
import type { OpenTarget, Target } from "../../target.ts"
import { isRunning } from "./agent/is-running.ts"
import { stopAgent } from "./agent/stop-agent.ts"
import { agentHandler, agentResourceType } from "./agent-resource.ts"
import { allocatePasswords, allocatePorts, foreseePorts, type PortRequest } from "./allocation.ts"
import { AskedSpecs } from "./asked-specs.ts"
import { checkEntryAddress } from "./entry-address.ts"
import { localFaults } from "./faults/local-faults.ts"
import { type Part, partPaths } from "./layout.ts"
import { localByHand } from "./operations/by-hand.ts"
import { claimLocal, handOverLocal } from "./operations/claim.ts"
import { inspectLocal, registerOnDisk } from "./operations/inspect.ts"
import { localKeys } from "./operations/keys.ts"
import { readLogs } from "./operations/logs.ts"
import { localMoments } from "./operations/moments.ts"
import { localRecovery } from "./operations/recover-witness.ts"
import { localWatcherActions } from "./operations/watcher-actions.ts"
import { PartSpecs, replicaNames } from "./part-specs.ts"
import { localPrograms } from "./programs.ts"

/** Everything on this machine: detached supervisors, real PostgreSQL, a real gateway. */
export const localTarget: Target = {
  name: "local",
  open: async environment => openLocal(environment),
}

function openLocal(environment: Environment): OpenTarget {
  const { directories } = environment
  const secrets = new SecretStore(directories.state)
  const asked = new AskedSpecs()
  const faults = localFaults({ directories, regions: environment.config.regions.map(({ name }) => name) })
  return {
    validate: async () => {
      for (const name of secretNames(environment)) {
        if ((await secrets.version(name)) === undefined) {
          throw new ChatopsError(
            "SECRET_MISSING",
            `chatops.yaml names the secret \`${name}\`, which is not set for ${environment.config.name}`,
            {
              hint: `Set it: \`chatops secret set ${name} --env ${environment.config.name}\` (the value is read from standard input).`,
              details: { secret: name },
            },
          )
        }
      }
      await checkSigningSecrets(environment, secrets)
      await checkEntryAddress(environment)
    },
    reserve: async ({ signal, dryRun }) => {
      const requests = portRequests(environment)
      if (!dryRun) await allocatePasswords(directories)
      const ports = await (dryRun ? foreseePorts : allocatePorts)(directories, requests, signal)
      const versions = await Promise.all(
        // Those of receivers are read whenever they are used, and restart nothing.
        [...new Set(upstreamSecrets(environment.app))].map(
          async name => [name, (await secrets.version(name)) ?? ""] as const,
        ),
      )
      return localPrograms(new PartSpecs(environment, ports, Object.fromEntries(versions)), asked)
    },
    resources: progress => new Map([[agentResourceType, agentHandler({ own: directories, asked, progress })]]),
    inspect: async () => {
      // Nobody else may look for a while, and what a dead holder left would stay broken.
      await faults.active()
      return inspectLocal(environment)
    },
    claim: (region, signal, options) => claimLocal(environment, region, signal, options),
    handOver: (change, signal) => handOverLocal(environment, change, signal),
    register: () => registerOnDisk(partPaths(directories, { kind: "witness" }).directory),
    watcherActions: async () => localWatcherActions(environment),
    moments: signal => localMoments(environment, signal),
    recovery: localRecovery(environment),
    keys: localKeys(environment),
    byHand: localByHand(environment),
    secrets,
    faults,
    logs: (selection, signal) => readLogs(environment, selection, signal),
    remove: async signal => {
      for (const { id } of await faults.active()) await faults.heal(id, signal)
      // Supervisors outlive a deploy that was killed before the engine had recorded them.
      await Promise.all((await partsOnDisk(directories)).map(part => stopAgent(partPaths(directories, part), signal)))
      await rm(directories.run, { recursive: true, force: true })
      await rm(directories.state, { recursive: true, force: true })
      await removeIfEmpty(dirname(directories.state))
    },
  }
}

async function partsOnDisk({ state }: EnvironmentDirectories): Promise<Part[]> {
  const regions = await readdir(join(state, "regions")).catch(() => [])
  return [{ kind: "entry" }, ...regions.map(region => ({ kind: "region" as const, region })), { kind: "witness" }]
}

const secretNames = ({ app, config }: Environment): string[] => [
  ...new Set([...upstreamSecrets(app), ...config.notify.map(({ secret }) => secret.secret)]),
]

/** Of what replicas read. */
const upstreamSecrets = (app: Environment["app"]): string[] =>
  app.chat.upstreams.flatMap(upstream =>
    upstream.simulator === undefined && upstream.apiKey ? [upstream.apiKey.secret] : [],
  )

/** Found now, and not when the first event cannot be signed. */
async function checkSigningSecrets({ config }: Environment, secrets: SecretStore): Promise<void> {
  for (const { secret } of config.notify) {
    const problem = secretProblem(await readFile(secrets.file(secret.secret), "utf8"))
    if (problem !== undefined)
      throw new ChatopsError("SECRET_INVALID", `the secret \`${secret.secret}\` cannot sign webhooks: ${problem}`, {
        hint: `Make one: \`echo "whsec_$(openssl rand -base64 32)" | chatops secret set ${secret.secret} --env ${config.name}\`, and give it to the receiver.`,
        details: { secret: secret.secret },
      })
  }
}

function portRequests({ config, directories }: Environment): PortRequest[] {
  const running = (part: Part) => isRunning(partPaths(directories, part).directory)
  const regions = config.regions.map(region => region.name as string)
  const perRegion = regions.flatMap(region => {
    const inUse = running({ kind: "region", region })
    const others = regions.filter(other => other !== region)
    const replicas = replicaNames(config.runtime.replicas)
    const names = [
      "database",
      "simulator",
      ...replicas,
      "link/witness",
      ...others.flatMap(other => [`link/${other}`, ...replicas.map(replica => `link/${other}/${replica}`)]),
    ]
    return names.map(name => ({ name: `${region}/${name}`, inUse }))
  })
  return [
    { name: "witness", inUse: running({ kind: "witness" }) },
    ...perRegion,
    { name: "entry", inUse: running({ kind: "entry" }), fixed: config.entry.port },
  ]
}

async function removeIfEmpty(directory: string): Promise<void> {
  const { rmdir } = await import("node:fs/promises")
  if (existsSync(directory)) await rmdir(directory).catch(() => undefined)
}
