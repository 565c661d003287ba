import { EventEmitter } from "node:events"
import { isDeepStrictEqual } from "node:util"
import type { Register } from "@chatops/runtime/contract"
import type pg from "pg"
import type { ReplicationLag } from "../../../environment-state.ts"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { NoticedMoment } from "../../../failover/moments.ts"
import { looksAgain } from "../../../failover/protocol/supervisor.ts"
import type { RegionPulse } from "../../../failover/watching.ts"
import { openRegionDatabase } from "../postgres/open-region-database.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { type ReplayedPosition, replayedPosition, replicationLag } from "../postgres/replication-lag.ts"
import { progressSoon } from "../postgres/replication-progress.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { Moments } from "./moments.ts"
import { PhaseText } from "./phase-text.ts"
import { preparePrimary } from "./prepare-primary.ts"
import type { PrimaryPlace } from "./primary-place.ts"
import { reasonClosed } from "./reason-closed.ts"
import type { RoleContext } from "./role.ts"
import { untilSchemaArrived } from "./schema-arrival.ts"
import type { RegionSpec } from "./spec.ts"
import { type AgentFailure, agentFailure, type RegionState } from "./state.ts"
import { type Supervised, supervise, watchedBy } from "./supervised.ts"
import type { SupervisedProcess } from "./supervised-process.ts"
import { type Patience, Troubles } from "./troubles.ts"
import { UnaskedEnds } from "./unasked-ends.ts"
import { untilTrue } from "./until.ts"

const slotCheckInterval = 10_000
const startsServer: ReadonlySet<string> = new Set(["start", "follow", "promote", "rejoin", "copy"])

/** A region's database in the hands of the protocol: what it is follows from the witness and the disk alone. */
export class SupervisedDatabase extends EventEmitter<{ change: [] }> {
  readonly #context: Pick<RoleContext, "remember">
  readonly #reportPauses: readonly number[] | undefined
  readonly #troubles: Troubles
  readonly #moments = new Moments(async () => this.#database?.following.beginning())
  readonly #slotCheck: NodeJS.Timeout
  #database: RegionDatabase | undefined
  #supervised: Supervised | undefined
  #ends: UnaskedEnds | undefined
  /** For which specification roles and schema were brought up to date last. */
  #preparedFor: RegionSpec | undefined
  /** Why the supervisor does nothing more. */
  #broken: Error | undefined
  readonly #phase = new PhaseText()
  #endedUnasked = false
  #stopping = false

  constructor(context: Pick<RoleContext, "remember">, patience?: Patience, reportPauses?: readonly number[]) {
    super()
    this.#context = context
    this.#reportPauses = reportPauses
    this.#troubles = new Troubles(patience)
    this.setMaxListeners(0)
    this.#slotCheck = setInterval(() => void this.#dropSlots().catch(() => undefined), slotCheckInterval).unref()
  }

  get process(): SupervisedProcess | undefined {
    return this.#database?.process
  }

  get phase(): string {
    return this.#phase.text
  }

  /** What is in the way for longer than it should be. It goes on being tried. */
  get trouble(): AgentFailure | null {
    const why = this.#broken ?? this.#closed
    return why === undefined ? this.#troubles.shown() : agentFailure(why)
  }

  get #closed(): Error | undefined {
    return this.#supervised && reasonClosed(this.#supervised.spec.region, this.#supervised.supervisor.state)
  }

  get #looksAgain(): boolean {
    const phase = this.#broken ? undefined : this.#supervised?.supervisor.state.phase
    return phase !== undefined && looksAgain(phase)
  }

  get role(): RegionState["role"] {
    const phase = this.#supervised?.supervisor.state.phase
    // The supervisor hears of a database that ended a moment later.
    if (this.#broken !== undefined || this.process?.state.ready !== true) return "unknown"
    if (phase?.at === "following") return "standby"
    return phase?.at === "leading" && phase.door === "open" ? "primary" : "unknown"
  }

  /**
   * Makes true what the specification says. Resolves once the region serves as what it is, and its replicas may start.
   * Throws what only a person can mend.
   */
  async apply(spec: RegionSpec, signal: AbortSignal): Promise<void> {
    const before = this.#supervised
    const goesOn = before && this.#broken === undefined && before.supervisor.state.phase.at !== "closed"
    if (goesOn && isDeepStrictEqual(essence(before.spec), essence(spec))) {
      this.#supervised = { ...before, spec }
      await before.policy.give(spec.policy)
    } else await this.#supervise(spec)
    await untilTrue(this, () => this.#serves(), signal)
    if (this.role === "standby") await this.#untilSchemaArrived(signal)
    // A newer release may bring its own schema, or a secret a new password.
    else if (!isDeepStrictEqual(this.#preparedFor, spec)) await this.#prepare(signal)
  }

  #serves(): boolean {
    const why = this.#broken ?? this.#closed
    // Where its database is lost it serves again once another region has its place.
    if (why && !this.#looksAgain) throw why
    return this.role !== "unknown"
  }

  /** Forgets what went wrong before. */
  forgive(): void {
    this.#troubles.forgive()
    this.#ends?.forgive()
    this.#database?.process?.forgive()
    this.#supervised?.reports.forgive()
  }

  async regionState(): Promise<RegionState> {
    const database = this.#database
    const status = database?.process?.state
    const running = status?.ready === true
    const progress = running && database ? await progressSoon(database) : undefined
    const led = await database?.led().catch(() => null)
    const { role } = this
    const register = this.#supervised?.supervisor.state.register ?? null
    return {
      role,
      register,
      primarySince: role === "primary" && led?.epoch === register?.epoch ? (led?.since ?? null) : null,
      incarnation: database?.incarnation ?? null,
      database: running ? "running" : status ? "starting" : "stopped",
      streaming: progress?.streaming ?? false,
      lostTurns: this.#supervised?.reports.latest ?? null,
      unread: this.#supervised?.reports.unread ?? null,
      witnessAnswers: this.#supervised?.supervisor.reachesWitness ?? null,
    }
  }

  /** Work as the superuser in the runtimes' database. Throws NOT_PRIMARY. */
  query<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const { spec, database } = this.#need()
    if (this.role !== "primary") throw new ChatopsError("NOT_PRIMARY", `region ${spec.region} is not the primary`)
    return database.query(spec.database.name, work)
  }

  /** The same whatever this region is. Throws AGENT_FAILED, and what `pg` throws. */
  async read<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const { spec, database } = this.#need()
    return database.query(spec.database.name, work)
  }

  /** How far this standby has come. Throws AGENT_FAILED, and what `pg` throws. */
  replayed(): Promise<ReplayedPosition> {
    return this.read(replayedPosition)
  }

  /** How far a standby is behind this primary. Throws NOT_PRIMARY. */
  async lagOf(standby: ReplayedPosition): Promise<ReplicationLag | null> {
    const { history } = this.#need().commits
    return this.query(client => replicationLag(client, standby, history))
  }

  /** What a watcher goes by; cheap, and never waits for the database. */
  get pulse(): Omit<RegionPulse, "replicas"> {
    const phase = this.#supervised?.supervisor.state.phase.at
    const status = this.process?.state
    return {
      serves: this.role === "primary",
      database: status === undefined ? "stopped" : status.ready ? "running" : "starting",
      ended: this.#endedUnasked,
      leaving: this.#stopping || phase === "yielding" || phase === "yielded",
      primary: this.#supervised?.pulses.sight ?? null,
      progress: this.#supervised?.progress.present ?? null,
    }
  }

  get moments(): readonly NoticedMoment[] {
    return this.#moments.noticed
  }

  /** Straight from the witness, on this region's own way to it; undefined when it does not answer. */
  readWitness(): Promise<Register | undefined> {
    const { url, tokenFile } = this.#need().spec.witness
    return new WitnessClient(url, tokenFile).read()
  }

  /** Throws AGENT_FAILED before there is a specification. */
  get place(): PrimaryPlace {
    return this.#need().place
  }

  async stop(): Promise<void> {
    // Watchers are told that what comes is wanted.
    this.#stopping = true
    this.emit("change")
    clearInterval(this.#slotCheck)
    this.#lookAway()
    await Promise.all([this.#supervised?.reports.stop(), this.#supervised?.supervisor.stop()])
    await this.#database?.stop()
  }

  #need(): Supervised {
    if (this.#supervised === undefined) throw new ChatopsError("AGENT_FAILED", "the region has not begun yet")
    return this.#supervised
  }

  #lookAway(): void {
    this.#supervised?.pulses.watch(undefined)
    this.#supervised?.commits.watch(false)
    this.#supervised?.progress.watch(false)
  }

  async #supervise(spec: RegionSpec): Promise<void> {
    this.#lookAway()
    await Promise.all([this.#supervised?.reports.stop(), this.#supervised?.supervisor.stop()])
    await this.#database?.stop()
    // Its end was noticed, and begun anew what had been ended.
    this.#lookAway()
    this.#supervised = undefined
    this.#ends = undefined
    this.#broken = undefined
    this.#database ??= await openRegionDatabase(spec, {
      onChange: () => this.#changed(),
      onEnded: wasReady => this.#ended(wasReady),
      onSpawned: (pid, started) => this.#context.remember("database", pid, started),
    })
    const database = this.#database
    database.use(spec.database)
    this.#supervised = await supervise(spec, database, {
      say: text => this.#say(text),
      prepare: signal => this.#prepare(signal),
      serves: () => this.role !== "unknown",
      isLeaving: () => this.#supervised?.place.isLeaving ?? false,
      changes: this,
      onSight: () => this.emit("change"),
      remember: (name, pid, started) => this.#context.remember(name, pid, started),
      reportPauses: this.#reportPauses,
      onChange: (after, before) => {
        this.#moments.notice(before, after)
        this.#changed()
      },
      onOutcome: (what, error) => {
        this.#troubles.outcome(what, error)
        if (error) this.#changed()
        else if (startsServer.has(what)) this.#troubles.outcome("process", undefined)
      },
      onBroken: error => {
        this.#broken = error
        this.#changed()
      },
    })
    this.#ends = new UnaskedEnds(this.#supervised, this.#troubles, () => this.#changed())
    this.#changed()
  }

  #ended(wasReady: boolean): void {
    if (this.#ends === undefined) return
    this.#endedUnasked = true
    this.#ends.ended(wasReady)
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    const { spec, database } = this.#need()
    await preparePrimary(spec, database, text => this.#say(text), signal)
    this.#preparedFor = spec
  }

  async #untilSchemaArrived(signal: AbortSignal): Promise<void> {
    const { spec, database, supervisor } = this.#need()
    const primary = supervisor.state.register?.primary ?? "the primary"
    const onMissing = (error: ChatopsError) => {
      this.#say(`waiting for the schema that ${primary} makes`)
      this.#troubles.outcome("schema", error)
    }
    const isStandby = () => this.role === "standby"
    await untilSchemaArrived({ database, name: spec.database.name, primary, isStandby, onMissing }, signal)
    this.#troubles.outcome("schema", undefined)
    this.#say(undefined)
  }

  /** A region that is gone must not keep this primary's WAL. */
  async #dropSlots(): Promise<void> {
    if (this.role === "primary") await this.#database?.dropAbandonedSlots()
  }

  #say(text: string | undefined): void {
    this.#phase.say(text)
    this.emit("change")
  }

  #changed(): void {
    this.#supervised?.pulses.watch(this.#stopping ? undefined : watchedBy(this.#supervised.supervisor.state))
    this.#supervised?.commits.watch(this.role === "primary" && !this.#stopping)
    this.#supervised?.progress.watch(this.role === "standby" && !this.#stopping)
    if (this.#supervised !== undefined) this.#phase.describe(this.#supervised.supervisor.state)
    this.#supervised?.reports.look()
    if (this.role !== "unknown") {
      this.#endedUnasked = false
      this.#troubles.atRest()
    }
    this.emit("change")
  }
}

/** A change of it needs another start of the server. */
const essence = ({ database, witness }: RegionSpec) => ({ database, witness })
