import { chownSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { cacheDirectory } from "../../../state/state-directory.ts"
import { postgresSocketDirectory } from "../layout.ts"
import { installPostgres, postgresUser } from "../postgres/installation.ts"
import { RegionDatabase } from "../postgres/region-database.ts"
import { replicationProgress } from "../postgres/replication-progress.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { keepDatabase } from "./database-keeper.ts"
import { keyFunctions } from "./key-functions.ts"
import { agentProgram, nodeProcess, runtimeProgram } from "./node-process.ts"
import { ReplicaSet } from "./replica-set.ts"
import type { Role, RoleContext } from "./role.ts"
import { SidecarProcess } from "./sidecar-process.ts"
import type { AgentSpec, RegionSpec } from "./spec.ts"
import type { AgentFailure, RegionState } from "./state.ts"

/** Pauses before a database that ended is started again, in milliseconds. */
const firstPause = 20
const longestPause = 5_000
const steadyAfter = 30_000

/** A region: links first, then the simulated model, the database in its role, and the replicas at last. */
export class RegionRole implements Role {
  readonly #context: RoleContext
  readonly #links: SidecarProcess
  readonly #simulator: SidecarProcess
  readonly #replicas: ReplicaSet
  #database: RegionDatabase | undefined
  #spec: RegionSpec | undefined
  #register: Register | null = null
  #role: RegionState["role"] = "unknown"
  #phase = "starting"
  #failure: AgentFailure | null = null
  #applied = false
  #work = new AbortController()
  #endedAt = Number.NEGATIVE_INFINITY
  #pause = firstPause
  #applying: Promise<void> = Promise.resolve()

  constructor(context: RoleContext) {
    this.#context = context
    this.#links = new SidecarProcess(context)
    this.#simulator = new SidecarProcess(context)
    this.#replicas = new ReplicaSet(context)
  }

  readonly admin = keyFunctions(work => {
    const { spec, database } = { spec: this.#spec, database: this.#database }
    if (!spec || !database || this.#role !== "primary") {
      throw new ChatopsError("NOT_PRIMARY", `region ${spec?.region ?? "?"} is not the primary`)
    }
    return database.query(spec.database.name, work)
  })

  apply(spec: AgentSpec): void {
    this.#work.abort(new Error("superseded by a newer specification"))
    this.#work = new AbortController()
    const { signal } = this.#work
    this.#applied = false
    this.#failure = null
    this.#applying = this.#applying.then(() => this.#apply(spec as RegionSpec, signal)).catch(error => this.#failed(error, signal))
  }

  async state() {
    const processes = [this.#links.process, this.#database?.process, this.#simulator.process, ...this.#replicas.processes]
    const present = processes.filter(process => process !== undefined)
    const failed = present.map(process => process.failure).find(failure => failure !== null) ?? null
    const settled = this.#applied && present.every(process => process.state.ready)
    const unready = present.map(process => process.state).find(state => !state.ready)
    const waiting = unready && `${unready.name}: ${unready.reasons.join("; ")}`
    return {
      settled,
      phase: this.#applied ? (waiting ?? "running") : this.#phase,
      failure: this.#failure ?? failed,
      processes: present.map(process => process.state),
      region: await this.#regionState(),
    }
  }

  async stop(): Promise<void> {
    this.#work.abort(new Error("stopping"))
    await this.#applying
    await this.#replicas.stop()
    await this.#database?.stop()
    await Promise.all([this.#simulator.stop(), this.#links.stop()])
  }

  async #apply(spec: RegionSpec, signal: AbortSignal): Promise<void> {
    const { directory } = this.#context
    if (this.#spec && !isDeepStrictEqual(this.#spec.database, spec.database)) await this.#database?.stop()
    this.#spec = spec
    await this.#links.apply(spec.links.length > 0 ? nodeProcess(directory, "links", agentProgram("links"), { links: spec.links }) : undefined)
    const simulator = spec.simulator && nodeProcess(directory, "simulator", runtimeProgram("simulator"), spec.simulator)
    await this.#simulator.apply(simulator ? { ...simulator, readyWhenListening: true } : undefined)
    this.#database ??= await this.#openDatabase(spec)
    const events = { phase: (text: string) => this.#say(text), register: (register: Register) => this.#learn(register) }
    const witness = new WitnessClient(spec.witness.url, spec.witness.tokenFile)
    this.#role = await keepDatabase(spec, this.#database, witness, events, signal)
    this.#say("starting replicas")
    await this.#replicas.apply(spec.replicas, spec.secretVersions, signal)
    this.#applied = true
    this.#context.changed()
  }

  async #openDatabase(spec: RegionSpec): Promise<RegionDatabase> {
    const socketDirectory = postgresSocketDirectory(spec.socket)
    mkdirSync(socketDirectory, { recursive: true, mode: 0o700 })
    const user = postgresUser()
    if (user) chownSync(socketDirectory, user.uid, user.gid)
    const { directory } = this.#context
    return new RegionDatabase(
      {
        region: spec.region,
        directory,
        socketDirectory,
        installation: await installPostgres(cacheDirectory()),
        onChange: () => this.#context.changed(),
        onEnded: () => this.#databaseEnded(),
        onSpawned: (pid, started) => this.#context.remember("database", pid, started),
      },
      spec.database,
    )
  }

  /** Goes through the whole start again, later each time, until it stays up for a while. */
  #databaseEnded(): void {
    const now = performance.now()
    this.#pause = now - this.#endedAt > steadyAfter ? firstPause : Math.min(this.#pause * 2, longestPause)
    this.#endedAt = now
    this.#role = "unknown"
    this.#say("PostgreSQL ended; starting it again")
    const { signal } = this.#work
    setTimeout(() => !signal.aborted && this.#spec && this.apply(this.#spec), this.#pause)
  }

  async #regionState(): Promise<RegionState> {
    const database = this.#database
    const status = database?.process?.state
    const running = status?.ready === true
    const progress = running && database ? await replicationProgress(database).catch(() => undefined) : undefined
    return {
      role: this.#role,
      register: this.#register,
      incarnation: database?.incarnation ?? null,
      database: running ? "running" : status ? "starting" : "stopped",
      lagBytes: progress?.lagBytes ?? null,
      streaming: progress?.streaming ?? false,
    }
  }

  #learn(register: Register): void {
    this.#register = register
    this.#context.changed()
  }

  #say(phase: string): void {
    this.#phase = phase
    this.#context.changed()
  }

  #failed(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    const code = error instanceof ChatopsError ? error.code : "AGENT_FAILED"
    this.#failure = { code, message: (error as Error).message }
    this.#say((error as Error).message)
  }
}
