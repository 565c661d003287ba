import { join } from "node:path"
import type pg from "pg"
import type { WaitFor } from "../../../failover/protocol/supervisor.ts"
import type { LocalData } from "../../../failover/start-decision.ts"
import type { DatabaseSpec } from "../agent/spec.ts"
import type { SupervisedProcess } from "../agent/supervised-process.ts"
import { untilTrue } from "../agent/until.ts"
import { copyPrimary } from "./base-backup.ts"
import type { BackupProgress } from "./base-backup-query.ts"
import { synchronousNames } from "./confirmed-commits.ts"
import { connect, type SocketLogin, withConnection } from "./connection.ts"
import { DataDirectories, type DataDirectory, type Led } from "./data-directory.ts"
import { epochSoon } from "./epoch-of.ts"
import { Following } from "./following.ts"
import { type FormerPrimaries, lacksNothing, type Successor } from "./former-primaries.ts"
import type { PostgresInstallation } from "./installation.ts"
import { promoteStandby } from "./promotion.ts"
import { ReadySessions } from "./ready-sessions.ts"
import { reloadConfiguration } from "./reload-configuration.ts"
import { dropAbandonedSlots, dropFormerSlots, slotOf } from "./replication-slot.ts"
import { endIdleSessions } from "./runtime-sessions.ts"
import { accessRules, serverConfiguration } from "./server-configuration.ts"
import { serverProcess } from "./server-process.ts"
import { clearStalePostmaster } from "./stale-postmaster.ts"

export interface RegionDatabaseOptions extends RegionDatabaseEvents {
  readonly region: string
  readonly directory: string
  readonly socketDirectory: string
  readonly installation: PostgresInstallation
}

export interface RegionDatabaseEvents {
  readonly onChange: () => void
  /** PostgreSQL ended unasked. It must not simply be started again: the witness decides anew (rule 5). */
  readonly onEnded: (wasReady: boolean) => void
  readonly onSpawned: (pid: number, started: string) => void
}

/** The region's PostgreSQL: its directory, its process, its configuration, and who may log in. */
export class RegionDatabase {
  readonly #options: RegionDatabaseOptions
  readonly #directories: DataDirectories
  readonly #ready = new ReadySessions(database => connect(this.#login(database)))
  readonly following: Following
  #spec: DatabaseSpec
  #data: DataDirectory | undefined
  #process: SupervisedProcess | undefined

  constructor(options: RegionDatabaseOptions, spec: DatabaseSpec) {
    this.#options = options
    this.#spec = spec
    this.#directories = new DataDirectories(join(options.directory, "database"))
    this.following = new Following({
      region: options.region,
      spec: () => this.#spec,
      query: (database, work) => this.query(database, work),
    })
  }

  get process(): SupervisedProcess | undefined {
    return this.#process
  }

  get incarnation(): string | null {
    return this.#data?.incarnation ?? null
  }

  /** What is on disk. Throws DATABASE_VERSION. */
  async localData(): Promise<LocalData> {
    this.#data = await this.#directories.current(this.#options.installation.major)
    if (!this.#data) return { kind: "none" }
    return { kind: this.#data.isStandby ? "standby" : "primary", incarnation: this.#data.incarnation }
  }

  /** Creates an empty database. Throws DATABASE_INIT. */
  async initialise(): Promise<void> {
    const directory = await this.#directories.prepare()
    await directory.initialise(this.#options.installation, this.#spec.passwords.superuser)
    await this.#directories.adopt(directory)
    this.#data = directory
  }

  /** Copies the primary into a new incarnation. Throws DATABASE_COPY. */
  async copyFrom(primary: string, signal: AbortSignal, onProgress?: BackupProgress): Promise<void> {
    const source = await this.following.source(primary)
    const directory = await this.#directories.prepare()
    await copyPrimary(source, directory, signal, onProgress)
    await directory.write("standby.signal", "")
    await directory.sync(this.#options.installation)
    await this.#directories.adopt(directory)
    this.#data = directory
    // Two copies of the data take twice the disk. What could not be removed now is when the next one is made.
    await this.#directories.tidy().catch(() => undefined)
  }

  /** Starts, or goes on with, the server; runtimes stay shut out until `admit`. */
  async start(upstreamRegion: string | undefined, signal: AbortSignal, waitFor: WaitFor = "nobody"): Promise<void> {
    const data = this.#need()
    await this.#configure(data, upstreamRegion, waitFor)
    const running = this.#process
    if (!running) {
      await clearStalePostmaster(data, this.#options.socketDirectory)
      if (upstreamRegion !== undefined) await dropFormerSlots(data.path)
    }
    const process = running ?? this.#supervise(data)
    this.#process = process
    process.start()
    await untilTrue(process, () => process.state.ready, signal)
    if (running) await this.reload()
    if (upstreamRegion !== undefined) this.#makeReady()
  }

  /**
   * Makes a primary of the standby that runs, shut to runtimes. It stops asking its old primary first: while WAL still
   * comes, PostgreSQL does not look whether it is to be promoted. Its commits wait for `waitFor` from the first one on.
   */
  async promote(waitFor: WaitFor, signal: AbortSignal): Promise<void> {
    const data = this.#need()
    await Promise.all([
      data.write("pg_hba.conf", accessRules(this.#spec.name, "closed")),
      this.#configure(data, undefined, waitFor),
    ])
    await this.ask("postgres", async client => {
      await reloadConfiguration(client)
      await promoteStandby(client, signal)
    })
  }

  /** Remembers of which epoch this directory's database is the primary. */
  async noteLed(epoch: number): Promise<void> {
    await this.#need().noteLed(epoch)
  }

  /** The last epoch of which it was; null: of none. */
  async led(): Promise<Led | null> {
    return this.#data?.led() ?? null
  }

  /** Lets runtimes log in. A server begins closed, and no standby's is ever open: none has sessions of theirs to end. */
  async admit(): Promise<void> {
    await this.#need().write("pg_hba.conf", accessRules(this.#spec.name, "open"))
    await this.reload()
  }

  /**
   * Lets nobody begin anything more, gives transactions that are under way a moment to end, and stops cleanly: everything
   * is sent to standbys that stream, up to the last record.
   */
  async drain(signal: AbortSignal): Promise<void> {
    // What is written now need not be while everybody waits.
    await this.query("postgres", client => client.query("checkpoint"))
    await this.#need().write("pg_hba.conf", accessRules(this.#spec.name, "closed"))
    await this.reload()
    await this.ask("postgres", client => endIdleSessions(client, signal))
    await this.stop()
  }

  /** Returns when new sessions live under the new configuration, and not merely when it was asked for. */
  async reload(): Promise<void> {
    await this.ask("postgres", reloadConfiguration)
  }

  /**
   * Makes a standby's directory of a former primary's. Whether it can stream shows when it is started. Throws what `pg`
   * throws, when the primary cannot be asked to keep what it needs.
   */
  async becomeStandby(primary: string): Promise<void> {
    await this.stop()
    await this.following.keepSlot(primary)
    await this.#need().becomeStandby()
  }

  /** It streams with its history: what it was says nothing about it any more. */
  async hasRejoined(): Promise<void> {
    await this.#need().write("standby.signal", "")
  }

  /**
   * Before it is copied over: a directory that may hold more than the new primary stays until that was read. It is a former
   * primary's, or a standby's that followed it and had come further than whoever took its place; unless nothing that was
   * acknowledged can be missing from its successor, which was in sync.
   */
  async keepFormer(successor: Successor): Promise<void> {
    const data = this.#data
    if (data === undefined) return
    const led = this.#process ? await epochSoon(this, this.#spec.name) : undefined
    // A standby's that does not even start cannot be read either.
    if (led === undefined ? !(await data.wasPrimary()) : lacksNothing(successor, led)) return
    await this.former.keep(data.incarnation, successor, led)
  }

  get former(): FormerPrimaries {
    return this.#directories.former
  }

  /** A region that is gone must not keep this primary's WAL. */
  async dropAbandonedSlots(): Promise<void> {
    const kept = this.#spec.peers.map(peer => slotOf(peer.region))
    await this.query("postgres", client => dropAbandonedSlots(client, kept))
  }

  /** Work as the superuser, through the socket. */
  query<Result>(database: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    return withConnection(this.#login(database), work)
  }

  /** The same on a session that stands ready, for work that a failover waits for; it leaves the session as it was. */
  ask<Result>(database: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    return this.#ready.use(database, work)
  }

  use(spec: DatabaseSpec): void {
    this.#spec = spec
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
    this.#process = undefined
  }

  #login(database: string): SocketLogin {
    const { port, passwords } = this.#spec
    const { socketDirectory } = this.#options
    return { socketDirectory, port, user: "superuser", passwordFile: passwords.superuser, database }
  }

  /** A standby may be asked to take over at any moment. */
  #makeReady(): void {
    for (const database of ["postgres", this.#spec.name]) void this.#ready.warm(database)
  }

  #need(): DataDirectory {
    if (!this.#data) throw new Error("there is no data directory yet")
    return this.#data
  }

  async #configure(data: DataDirectory, upstreamRegion: string | undefined, waitFor: WaitFor): Promise<void> {
    const upstream = upstreamRegion === undefined ? undefined : await this.following.upstream(upstreamRegion, data)
    const settings = { upstream, recovers: data.isStandby }
    await Promise.all([
      data.write("postgresql.conf", serverConfiguration(this.#spec, this.#options.socketDirectory, settings)),
      data.write("postgresql.auto.conf", `synchronous_standby_names = '${synchronousNames(waitFor)}'\n`),
      // A reload of a database that is already open must not shut anybody out.
      this.#process ? undefined : data.write("pg_hba.conf", accessRules(this.#spec.name, "closed")),
    ])
  }

  #supervise(data: DataDirectory): SupervisedProcess {
    const { installation, directory, onChange, onEnded, onSpawned } = this.#options
    return serverProcess({
      installation,
      data,
      logFile: join(directory, "logs", "database.log"),
      onChange,
      onEnded: wasReady => {
        this.#process = undefined
        onEnded(wasReady)
      },
      onSpawned,
    })
  }
}
