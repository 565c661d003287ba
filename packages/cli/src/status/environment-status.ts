import type { EnvironmentState, RegionStatus } from "@chatops/stacks"
import { boundOf, readinessOf, withoutWitness } from "@chatops/stacks/failover"
import type { OperationServices } from "../operations/operation.ts"
import { stopwatch } from "../operations/stopwatch.ts"
import type { StatusResult } from "../results/status.ts"
import { lastDrill } from "./last-drill.ts"
import { presentOperation } from "./present-operation.ts"

/** What `status --json` prints. */
export async function environmentStatus(services: OperationServices, signal: AbortSignal): Promise<StatusResult> {
  const { environment } = services
  const [askedAt, elapsed] = [Date.now(), stopwatch()]
  const [state, drilled] = await Promise.all([services.target.inspect(signal), lastDrill(services)])
  return {
    app: environment.app.app,
    environment: environment.config.name,
    target: environment.config.target,
    healthy:
      state.deployed && state.entry.healthy && state.witness.healthy && state.regions.every(region => region.healthy),
    entry: { url: state.entry.url, healthy: state.entry.healthy, detail: state.entry.detail },
    witness: { healthy: state.witness.healthy, detail: witnessDetail(state) },
    primary: state.witness.register?.primary ?? null,
    preferredPrimary: environment.config.primary,
    primarySince: state.regions.find(({ role }) => role === "primary")?.primarySince ?? null,
    epoch: state.witness.register?.epoch ?? null,
    durability: state.witness.register?.durability ?? environment.config.durability,
    inSync: state.witness.register?.inSync?.region ?? null,
    failover: failoverNow(state, askedAt, elapsed()),
    automatic: environment.config.failover === "automatic",
    watcher: state.watcher,
    notify: state.notify,
    lastDrill: drilled,
    release: environment.release,
    // What a region is fit for is among the checks.
    regions: state.regions.map(({ fitness: _fitness, witnessAnswers: _answers, primarySince: _since, ...region }) => ({
      ...region,
      replicas: region.replicas.map(replica => atGateway(region.name, replica, state)),
    })),
    operation: presentOperation(services),
  }
}

/** With what its silence means for the primary. */
const witnessDetail = ({ witness }: EnvironmentState): string =>
  [witness.detail, withoutWitness(witness)].filter(text => text !== undefined).join("; ")

function failoverNow(state: EnvironmentState, askedAt: number, elapsed: number): StatusResult["failover"] {
  if (!state.deployed || state.regions.length < 2) return null
  const { possible, to, checks, ...now } = readinessOf(state, { planned: false })
  // Where nobody can take over turns could still be given up, and it is those that are lost with the primary.
  const { lacks } = possible ? now : readinessOf(state, { planned: false, force: true })
  const wouldLose = lacks === null ? null : boundOf(lacks, askedAt, askedAt + elapsed)
  return { possible, to, wouldLose, checks: checks.map(check => ({ ...check })) }
}

function atGateway(
  region: string,
  replica: RegionStatus["replicas"][number],
  { entry }: EnvironmentState,
): StatusResult["regions"][number]["replicas"][number] {
  const backend = entry.gateway?.backends.find(({ id }) => id === `${region}/${replica.name}`)
  return { ...replica, gateway: backend?.state ?? null, active: backend?.active ?? 0 }
}
