import type { RegionPulse } from "../../../failover/watching.ts"
import { linkControlSocket } from "../layout.ts"
import type { LinkSettings } from "../links/link.ts"
import { RegionFitness } from "./fitness.ts"
import { keyFunctions } from "./key-functions.ts"
import { lagFunctions } from "./lag-functions.ts"
import { agentProgram, nodeProcess, runtimeProgram } from "./node-process.ts"
import { placeFunctions } from "./place-functions.ts"
import { ReplicaSet } from "./replica-set.ts"
import { RestartPace } from "./restart-pace.ts"
import type { Role, RoleContext } from "./role.ts"
import { SidecarProcess } from "./sidecar-process.ts"
import type { AgentSpec, RegionSpec } from "./spec.ts"
import { type AgentFailure, agentFailure, needsAPerson } from "./state.ts"
import { SupervisedDatabase } from "./supervised-database.ts"
import type { SupervisedProcess } from "./supervised-process.ts"

/** So many failures without a code in a row are shown; fewer pass. */
const stumblesLimit = 5

/** A region: links first, then the simulated model, the database as what the witness says, and the replicas at last. */
export class RegionRole implements Role {
  readonly #context: RoleContext
  readonly #links: SidecarProcess
  readonly #simulator: SidecarProcess
  readonly #database: SupervisedDatabase
  readonly #replicas: ReplicaSet
  readonly #fitness: RegionFitness
  #step: string | undefined
  #failure: AgentFailure | null = null
  /** Failures without a code in a row. */
  #stumbles = 0
  #applied = false
  #work = new AbortController()
  #pace = new RestartPace()
  #applying: Promise<void> = Promise.resolve()
  readonly admin: Role["admin"]

  constructor(context: RoleContext) {
    this.#context = context
    this.#links = new SidecarProcess(context)
    this.#simulator = new SidecarProcess(context)
    this.#database = new SupervisedDatabase(context)
    this.#database.on("change", () => context.changed())
    this.#replicas = new ReplicaSet(context)
    this.#fitness = new RegionFitness({
      serves: () => this.#database.role !== "unknown",
      query: work => this.#database.read(work),
    })
    this.admin = {
      ...keyFunctions(work => this.#database.query(work)),
      ...placeFunctions(this.#database),
      ...lagFunctions(this.#database),
    }
  }

  apply(spec: AgentSpec): void {
    this.#failure = null
    this.#stumbles = 0
    this.#pace = new RestartPace()
    this.#database.forgive()
    for (const process of this.#processes) process.forgive()
    this.#begin(spec as RegionSpec)
  }

  #begin(spec: RegionSpec): void {
    this.#work.abort(new Error("superseded by a newer specification"))
    this.#work = new AbortController()
    const { signal } = this.#work
    this.#applied = false
    const failed = (error: unknown) => this.#failed(error, spec, signal)
    this.#applying = this.#applying.then(() => this.#apply(spec, signal)).catch(failed)
  }

  get #processes(): SupervisedProcess[] {
    const processes = [
      this.#links.process,
      this.#database.process,
      this.#simulator.process,
      ...this.#replicas.processes,
    ]
    return processes.filter(process => process !== undefined)
  }

  async state() {
    const present = this.#processes
    const failed = present.map(process => process.failure).find(failure => failure !== null) ?? null
    const unready = present.map(process => process.state).find(state => !state.ready)
    const waiting = unready && `${unready.name}: ${unready.reasons.join("; ")}`
    const serves = this.#applied && this.#database.role !== "unknown"
    return {
      settled: serves && unready === undefined,
      phase: serves ? (waiting ?? "running") : (this.#step ?? this.#database.phase),
      failure: this.#failure ?? failed ?? this.#database.trouble,
      processes: present.map(process => process.state),
      region: { ...(await this.#database.regionState()), fitness: this.#fitness.latest },
    }
  }

  pulse(): RegionPulse {
    return { ...this.#database.pulse, replicas: this.#replicas.processes.filter(({ identity }) => identity).length }
  }

  async stop(): Promise<void> {
    this.#work.abort(new Error("stopping"))
    this.#fitness.stop()
    await this.#applying
    await this.#replicas.stop()
    await this.#database.stop()
    await Promise.all([this.#simulator.stop(), this.#links.stop()])
  }

  async #apply(spec: RegionSpec, signal: AbortSignal): Promise<void> {
    const { directory } = this.#context
    const { links } = spec
    const settings: LinkSettings = { links, control: linkControlSocket(spec.socket) }
    await this.#links.apply(
      links.length > 0 ? nodeProcess(directory, "links", agentProgram("links"), settings) : undefined,
    )
    const simulator = spec.simulator && nodeProcess(directory, "simulator", runtimeProgram("simulator"), spec.simulator)
    await this.#simulator.apply(simulator ? { ...simulator, readyWhenListening: true } : undefined)
    this.#say(undefined)
    await this.#database.apply(spec, signal)
    this.#say("starting replicas")
    await this.#replicas.apply(spec.replicas, spec.secretVersions, signal)
    this.#failure = null
    this.#stumbles = 0
    this.#pace = new RestartPace()
    this.#applied = true
    void this.#fitness.apply(spec)
    this.#say(undefined)
  }

  /** Undefined: what the database does says more. */
  #say(step: string | undefined): void {
    this.#step = step
    this.#context.changed()
  }

  /** Shown until it has gone well; most failures pass, and a primary must not stay closed because of one. */
  #failed(error: unknown, spec: RegionSpec, signal: AbortSignal): void {
    if (signal.aborted) return
    const failure = agentFailure(error)
    // What has no code is most often a database that ended just now, which the next try meets no more.
    const passing = failure.code === "AGENT_FAILED" && ++this.#stumbles < stumblesLimit
    if (!passing) this.#failure = failure
    this.#say(failure.message)
    if (needsAPerson(failure)) return
    // Unless something newer was begun meanwhile.
    setTimeout(() => !signal.aborted && this.#begin(spec), this.#pace.ended(false).pause)
  }
}
