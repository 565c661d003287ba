import { EventEmitter } from "node:events"
import { isDeepStrictEqual } from "node:util"
import type { Register } from "@chatops/runtime/contract"
import type pg from "pg"
import { ChatopsError } from "../../../errors/chatops-error.ts"
import type { NoticedMoment } from "../../../failover/moments.ts"
import type { RegionPulse } from "../../../failover/watching.ts"
import type { CommitHistory } from "../postgres/commit-history.ts"
import { openRegionDatabase } from "../postgres/open-region-database.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { Moments } from "./moments.ts"
import { PhaseText } from "./phase-text.ts"
import { preparePrimary } from "./prepare-primary.ts"
import { PresentRegion } from "./present-region.ts"
import type { PrimaryPlace } from "./primary-place.ts"
import type { RoleContext } from "./role.ts"
import { untilSchemaArrived } from "./schema-arrival.ts"
import type { RegionSpec } from "./spec.ts"
import { type AgentFailure, agentFailure, type RegionState } from "./state.ts"
import { type Supervised, supervise } from "./supervised.ts"
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
  readonly #region = new PresentRegion()
  readonly #moments = new Moments(async () => this.#region.database?.following.beginning())
  readonly #slotCheck: NodeJS.Timeout
  #ends: UnaskedEnds | undefined
  /** For which specification roles and schema were brought up to date last. */
  #preparedFor: RegionSpec | undefined
  readonly #phase = new PhaseText()
  #endedUnasked = false
  /** What is begun cannot be stopped before it has begun. */
  #beginning: Promise<void> = Promise.resolve()
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
    return this.#region.database?.process
  }

  get phase(): string {
    return this.#phase.text
  }

  /** What is in the way for longer than it should be. It goes on being tried. */
  get trouble(): AgentFailure | null {
    const why = this.#region.closed
    return why === undefined ? this.#troubles.shown() : agentFailure(why)
  }

  get role(): RegionState["role"] {
    return this.#region.role
  }

  /**
   * Makes true what the specification says. Resolves once the region serves as what it is, and its replicas may start.
   * Throws what only a person can mend.
   */
  async apply(spec: RegionSpec, signal: AbortSignal): Promise<void> {
    if (this.#stopping) throw new Error("stopping")
    const { supervised: before, closed } = this.#region
    if (before && !closed && isDeepStrictEqual(essence(before.spec), essence(spec))) {
      this.#region.supervised = { ...before, spec }
      await before.policy.give(spec.policy)
    } else {
      this.#beginning = this.#supervise(spec)
      await this.#beginning
    }
    await untilTrue(this, () => this.#serves(), signal)
    if (this.role === "standby") await this.#untilSchemaArrived(signal)
    // A newer release may bring its own schema, or a secret a new password.
    else if (!isDeepStrictEqual(this.#preparedFor, spec)) await this.#prepare(signal)
  }

  #serves(): boolean {
    if (this.#stopping) throw new Error("stopping")
    const { closedForGood } = this.#region
    if (closedForGood) throw closedForGood
    return this.role !== "unknown"
  }

  /** Forgets what went wrong before. */
  forgive(): void {
    this.#troubles.forgive()
    this.#ends?.forgive()
    this.process?.forgive()
    this.#region.supervised?.reports.forgive()
  }

  regionState(): Promise<RegionState> {
    return this.#region.state()
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

  /** This primary's. Throws AGENT_FAILED before there is a specification. */
  get commits(): CommitHistory {
    return this.#need().watches.commits.history
  }

  /** What a watcher goes by; cheap, and never waits for the database. */
  get pulse(): Omit<RegionPulse, "replicas"> {
    const { pulse, isYielding } = this.#region
    return { ...pulse, ended: this.#endedUnasked, leaving: this.#stopping || isYielding }
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
    await this.#beginning.catch(() => undefined)
    await this.#region.supervised?.stop()
    await this.#region.database?.stop()
  }

  #need(): Supervised {
    const { supervised } = this.#region
    if (supervised === undefined) throw new ChatopsError("AGENT_FAILED", "the region has not begun yet")
    return supervised
  }

  async #supervise(spec: RegionSpec): Promise<void> {
    const region = this.#region
    await region.supervised?.stop()
    await region.database?.stop()
    region.supervised = undefined
    region.broken = undefined
    this.#ends = undefined
    region.database ??= await openRegionDatabase(spec, {
      onChange: () => this.#changed(),
      onEnded: wasReady => this.#ended(wasReady),
      onSpawned: (pid, started) => this.#context.remember("database", pid, started),
    })
    region.database.use(spec.database)
    region.supervised = await supervise(spec, region.database, {
      say: text => this.#say(text),
      prepare: signal => this.#prepare(signal),
      serves: () => this.role !== "unknown",
      isLeaving: () => region.supervised?.place.isLeaving ?? false,
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
        region.broken = error
        this.#changed()
      },
    })
    this.#ends = new UnaskedEnds(region.supervised, this.#troubles, () => this.#changed())
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
    if (this.role === "primary") await this.#region.database?.dropAbandonedSlots()
  }

  #say(text: string | undefined): void {
    this.#phase.say(text)
    this.emit("change")
  }

  #changed(): void {
    const { supervised } = this.#region
    if (supervised) {
      supervised.watches.follow(supervised.supervisor.state, this.role)
      this.#phase.describe(supervised.supervisor.state)
      supervised.reports.look()
    }
    if (this.role !== "unknown") {
      this.#endedUnasked = false
      this.#troubles.atRest()
    }
    this.emit("change")
  }
}

/** A change of it needs another start of the server. */
const essence = ({ database, witness }: RegionSpec) => ({ database, witness })
