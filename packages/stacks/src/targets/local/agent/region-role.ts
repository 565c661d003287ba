import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Register } from "@chatops/runtime/contract"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import { openRegionDatabase } from "../postgres/open-region-database.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { progressSoon } from "../postgres/replication-progress.ts"
import { startFailure } from "../postgres/start-failure.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { keepDatabase } from "./database-keeper.ts"
import { keyFunctions } from "./key-functions.ts"
import { agentProgram, nodeProcess, runtimeProgram } from "./node-process.ts"
import { ReplicaSet } from "./replica-set.ts"
import { RestartPace } from "./restart-pace.ts"
import type { Role, RoleContext } from "./role.ts"
import { SidecarProcess } from "./sidecar-process.ts"
import type { AgentSpec, RegionSpec } from "./spec.ts"
import { type AgentFailure, agentFailure, needsAPerson, type RegionState } from "./state.ts"
import type { SupervisedProcess } from "./supervised-process.ts"

/** How often slots are looked after, in milliseconds: a standby's that does not stream, those of regions that are gone. */
const slotCheckInterval = 10_000
/** So many failures without a code in a row are shown; fewer pass. */
const stumblesLimit = 5

/** A region: links first, then the simulated model, the database in its role, and the replicas at last. */
export class RegionRole implements Role {
  readonly #context: RoleContext
  readonly #links: SidecarProcess
  readonly #simulator: SidecarProcess
  readonly #replicas: ReplicaSet
  readonly #slotCheck: NodeJS.Timeout
  #database: RegionDatabase | undefined
  #spec: RegionSpec | undefined
  #register: Register | null = null
  #role: RegionState["role"] = "unknown"
  #phase = "starting"
  #failure: AgentFailure | null = null
  /** Failures without a code in a row. */
  #stumbles = 0
  #applied = false
  #work = new AbortController()
  /** What is in the way and goes on being tried; kept until it has gone well, or a new specification comes. */
  #trouble: AgentFailure | null = null
  #pace = new RestartPace()
  #applying: Promise<void> = Promise.resolve()

  constructor(context: RoleContext) {
    this.#context = context
    this.#links = new SidecarProcess(context)
    this.#simulator = new SidecarProcess(context)
    this.#replicas = new ReplicaSet(context)
    this.#slotCheck = setInterval(() => void this.#checkSlot().catch(() => undefined), slotCheckInterval).unref()
  }

  readonly admin = keyFunctions(work => {
    const { spec, database } = { spec: this.#spec, database: this.#database }
    if (!spec || !database || this.#role !== "primary") {
      throw new ChatopsError("NOT_PRIMARY", `region ${spec?.region ?? "?"} is not the primary`)
    }
    return database.query(spec.database.name, work)
  })

  apply(spec: AgentSpec): void {
    this.#failure = null
    this.#stumbles = 0
    this.#trouble = null
    this.#pace = new RestartPace()
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

  /** Unless something newer was begun meanwhile. */
  #beginAgain(spec: RegionSpec, pause: number, signal: AbortSignal): void {
    setTimeout(() => !signal.aborted && this.#begin(spec), pause)
  }

  get #processes(): SupervisedProcess[] {
    const processes = [
      this.#links.process,
      this.#database?.process,
      this.#simulator.process,
      ...this.#replicas.processes,
    ]
    return processes.filter(process => process !== undefined)
  }

  async state() {
    const present = this.#processes
    const failed = present.map(process => process.failure).find(failure => failure !== null) ?? null
    const settled = this.#applied && present.every(process => process.state.ready)
    const unready = present.map(process => process.state).find(state => !state.ready)
    const waiting = unready && `${unready.name}: ${unready.reasons.join("; ")}`
    return {
      settled,
      phase: this.#applied ? (waiting ?? "running") : this.#phase,
      failure: this.#failure ?? failed ?? this.#trouble,
      processes: present.map(process => process.state),
      region: await this.#regionState(),
    }
  }

  async stop(): Promise<void> {
    this.#work.abort(new Error("stopping"))
    clearInterval(this.#slotCheck)
    await this.#applying
    await this.#replicas.stop()
    await this.#database?.stop()
    await Promise.all([this.#simulator.stop(), this.#links.stop()])
  }

  async #apply(spec: RegionSpec, signal: AbortSignal): Promise<void> {
    const { directory } = this.#context
    if (this.#spec && !isDeepStrictEqual(this.#spec.database, spec.database)) await this.#database?.stop()
    this.#spec = spec
    await this.#links.apply(
      spec.links.length > 0 ? nodeProcess(directory, "links", agentProgram("links"), { links: spec.links }) : undefined,
    )
    const simulator = spec.simulator && nodeProcess(directory, "simulator", runtimeProgram("simulator"), spec.simulator)
    await this.#simulator.apply(simulator ? { ...simulator, readyWhenListening: true } : undefined)
    this.#database ??= await openRegionDatabase(spec, {
      onChange: () => this.#context.changed(),
      onEnded: wasReady => void this.#databaseEnded(wasReady),
      onSpawned: (pid, started) => this.#context.remember("database", pid, started),
    })
    const events = {
      phase: (text: string) => this.#say(text),
      register: (register: Register) => this.#learn(register),
      trouble: (error: ChatopsError) => this.#mention(error),
    }
    const witness = new WitnessClient(spec.witness.url, spec.witness.tokenFile)
    this.#role = await keepDatabase({ spec, database: this.#database, witness, events }, signal)
    this.#trouble = null
    this.#say("starting replicas")
    await this.#replicas.apply(spec.replicas, spec.secretVersions, signal)
    this.#failure = null
    this.#stumbles = 0
    this.#applied = true
    this.#context.changed()
  }

  /** Goes through the whole start again, later each time, until it stays up for a while. */
  async #databaseEnded(wasReady: boolean): Promise<void> {
    const { signal } = this.#work
    const { pause, hopeless } = this.#pace.ended(wasReady)
    this.#role = "unknown"
    this.#applied = false
    this.#say("PostgreSQL ended; starting it again")
    const spec = this.#spec
    if (!spec) return
    this.#beginAgain(spec, pause, signal)
    if (!hopeless) return
    const logFile = join(this.#context.directory, "logs", "database.log")
    this.#mention(await startFailure(logFile, spec.database.port).catch((error: Error) => error))
  }

  /** A standby that fell too far behind is copied anew; a primary keeps nothing for regions that are gone. */
  async #checkSlot(): Promise<void> {
    const { signal } = this.#work
    const [spec, database, primary] = [this.#spec, this.#database, this.#register?.primary]
    if (!spec || !database || !primary || !this.#applied) return
    if (this.#role === "primary") return database.dropAbandonedSlots()
    if (this.#role !== "standby") return
    const { streaming } = await this.#regionState()
    if (streaming || !(await database.hasLostSlot(primary, signal)) || signal.aborted) return
    this.#begin(spec)
  }

  async #regionState(): Promise<RegionState> {
    const database = this.#database
    const status = database?.process?.state
    const running = status?.ready === true
    const progress = running && database ? await progressSoon(database) : undefined
    return {
      role: this.#role,
      register: this.#register,
      incarnation: database?.incarnation ?? null,
      database: running ? "running" : status ? "starting" : "stopped",
      lagBytes: progress?.lagBytes ?? null,
      streaming: progress?.streaming ?? false,
    }
  }

  #mention(error: Error): void {
    this.#trouble = agentFailure(error)
    this.#context.changed()
  }

  #learn(register: Register): void {
    this.#register = register
    this.#context.changed()
  }

  #say(phase: string): void {
    this.#phase = phase
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
    if (!needsAPerson(failure)) this.#beginAgain(spec, this.#pace.ended(true).pause, signal)
  }
}
