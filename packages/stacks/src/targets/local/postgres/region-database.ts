import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type pg from "pg"
import type { WaitFor } from "../../../failover/protocol/supervisor.ts"
import type { LocalData } from "../../../failover/start-decision.ts"
import type { DatabaseSpec } from "../agent/spec.ts"
import { SupervisedProcess } from "../agent/supervised-process.ts"
import { untilTrue } from "../agent/until.ts"
import { copyPrimary } from "./base-backup.ts"
import type { BackupProgress } from "./base-backup-query.ts"
import { standbyName, synchronousNames } from "./confirmed-commits.ts"
import { withConnection } from "./connection.ts"
import { DataDirectories, type DataDirectory } from "./data-directory.ts"
import { type PostgresInstallation, postgresUser } from "./installation.ts"
import { PrimaryPulse } from "./primary-pulse.ts"
import { dropAbandonedSlots, ensureSlot, isSlotLost, slotOf } from "./replication-slot.ts"
import { endIdleSessions, endRuntimeSessions } from "./runtime-sessions.ts"
import { type Admission, accessRules, serverConfiguration, type Upstream } from "./server-configuration.ts"
import { clearStalePostmaster } from "./stale-postmaster.ts"
import { isDiverged, timelineHistory } from "./timeline-history.ts"

const reloadDeadline = 10_000
const promotionPoll = 1

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
  #spec: DatabaseSpec
  #data: DataDirectory | undefined
  #process: SupervisedProcess | undefined

  constructor(options: RegionDatabaseOptions, spec: DatabaseSpec) {
    this.#options = options
    this.#spec = spec
    this.#directories = new DataDirectories(join(options.directory, "database"))
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
    const peer = this.#peer(primary)
    const directory = await this.#directories.prepare()
    const source = { ...peer, password: await this.#replicatorPassword(), slot: this.#slot }
    await copyPrimary(source, directory, signal, onProgress)
    await directory.write("standby.signal", "")
    await directory.sync(this.#options.installation)
    await this.#directories.adopt(directory)
    this.#data = directory
  }

  /** Starts, or goes on with, the server; runtimes stay shut out until `admit`. */
  async start(upstreamRegion: string | undefined, signal: AbortSignal, waitFor: WaitFor = "nobody"): Promise<void> {
    const data = this.#need()
    await this.#configure(data, upstreamRegion, waitFor)
    const running = this.#process
    if (!running) await clearStalePostmaster(data, this.#options.socketDirectory)
    const process = running ?? this.#supervise(data)
    this.#process = process
    process.start()
    await untilTrue(process, () => process.state.ready, signal)
    if (running) await this.reload()
  }

  /**
   * Makes a primary of the standby that runs, shut to runtimes. It stops asking its old primary first: while WAL still
   * comes, PostgreSQL does not look whether it is to be promoted. Its commits wait for `waitFor` from the first one on.
   */
  async promote(waitFor: WaitFor, signal: AbortSignal): Promise<void> {
    const data = this.#need()
    await data.write("pg_hba.conf", accessRules(this.#spec.name, "closed"))
    await this.#configure(data, undefined, waitFor)
    await this.reload()
    await this.query("postgres", async client => {
      await client.query("select pg_promote(false)")
      const promoted = async () => {
        const { rows } = await client.query<{ standby: boolean }>("select pg_is_in_recovery() as standby")
        return rows[0]?.standby === false
      }
      while (!(await promoted())) await delay(promotionPoll, undefined, { signal })
    })
  }

  /** Lets runtimes log in, or shuts them out and ends their sessions. */
  async admit(admission: Admission): Promise<void> {
    await this.#need().write("pg_hba.conf", accessRules(this.#spec.name, admission))
    await this.reload()
    if (admission === "closed") await this.query("postgres", endRuntimeSessions)
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
    await this.query("postgres", client => endIdleSessions(client, signal))
    await this.stop()
  }

  /** Returns when new sessions live under the new configuration, and not merely when it was asked for. */
  async reload(): Promise<void> {
    const loadedAt = () =>
      this.query("postgres", async client => (await client.query("select pg_conf_load_time()::text as at")).rows[0].at)
    const before = await loadedAt()
    await this.query("postgres", client => client.query("select pg_reload_conf()"))
    await untilTrue(undefined, async () => (await loadedAt()) !== before, AbortSignal.timeout(reloadDeadline))
  }

  /** Has the primary keep what this region needs. Throws what `pg` throws. */
  async keepSlot(primary: string): Promise<void> {
    await ensureSlot({ ...this.#peer(primary), password: await this.#replicatorPassword() }, this.#slot)
  }

  /** Whether this standby can never stream again, because the primary no longer keeps what it lacks. */
  async hasLostSlot(primary: string, signal: AbortSignal): Promise<boolean> {
    return isSlotLost({ ...this.#peer(primary), password: await this.#replicatorPassword() }, this.#slot, signal)
  }

  /**
   * Makes a standby's directory of a former primary's. Whether it can stream shows when it is started. Throws what `pg`
   * throws, when the primary cannot be asked to keep what it needs.
   */
  async becomeStandby(primary: string): Promise<void> {
    await this.stop()
    await this.keepSlot(primary)
    await this.#need().write("standby.signal", "")
  }

  /**
   * Whether this standby receives the primary's present timeline. One whose history is another may receive an older one
   * for moments, again and again. Throws what `pg` throws, when the primary cannot be asked.
   */
  async follows(primary: string): Promise<boolean> {
    const { rows } = await this.query("postgres", client =>
      client.query<{ timeline: number }>(
        "select received_tli as timeline from pg_stat_wal_receiver where status = 'streaming'",
      ),
    )
    const [receiver] = rows
    if (receiver === undefined) return false
    const history = await timelineHistory({ ...this.#peer(primary), password: await this.#replicatorPassword() })
    return receiver.timeline === history.timeline
  }

  /** Whether this standby, which runs, holds WAL that is no part of the primary's history. Throws what `pg` throws. */
  async hasDiverged(primary: string): Promise<boolean> {
    const history = await timelineHistory({ ...this.#peer(primary), password: await this.#replicatorPassword() })
    // The control file names the timeline of the last checkpoint, which may be an older one.
    const { rows } = await this.query("postgres", client =>
      client.query<{ timeline: number; end: string }>(
        `select (select max(('x' || left(name, 8))::bit(32)::int) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$') as timeline,
                pg_last_wal_replay_lsn()::text as end`,
      ),
    )
    const [own] = rows
    return own !== undefined && isDiverged(history, own)
  }

  /** Watches a primary from here. */
  async pulseOf(primary: string): Promise<PrimaryPulse> {
    return new PrimaryPulse(primary, { ...this.#peer(primary), password: await this.#replicatorPassword() })
  }

  /** A region that is gone must not keep this primary's WAL. */
  async dropAbandonedSlots(): Promise<void> {
    const kept = this.#spec.peers.map(peer => slotOf(peer.region))
    await this.query("postgres", client => dropAbandonedSlots(client, kept))
  }

  /** Seconds that a statement of this role has been at work; null when none is, or it only waits for a lock. */
  async secondsAtWork(role: string): Promise<number | null> {
    const { rows } = await this.query("postgres", client =>
      client.query<{ seconds: number | null }>(
        `select floor(extract(epoch from max(clock_timestamp() - query_start)))::int as seconds from pg_stat_activity
          where usename = $1 and state = 'active' and wait_event_type is distinct from 'Lock'`,
        [role],
      ),
    )
    return rows[0]?.seconds ?? null
  }

  /** Work as the superuser, through the socket. */
  query<Result>(database: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const passwordFile = this.#spec.passwords.superuser
    return withConnection(
      {
        socketDirectory: this.#options.socketDirectory,
        port: this.#spec.port,
        user: "superuser",
        passwordFile,
        database,
      },
      work,
    )
  }

  use(spec: DatabaseSpec): void {
    this.#spec = spec
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
    this.#process = undefined
  }

  get #slot(): string {
    return slotOf(this.#options.region)
  }

  #peer(region: string) {
    const peer = this.#spec.peers.find(candidate => candidate.region === region)
    if (!peer) throw new Error(`no address of region ${region} is known here`)
    return peer
  }

  async #replicatorPassword(): Promise<string> {
    return (await readFile(this.#spec.passwords.replicator, "utf8")).trim()
  }

  #need(): DataDirectory {
    if (!this.#data) throw new Error("there is no data directory yet")
    return this.#data
  }

  async #configure(data: DataDirectory, upstreamRegion: string | undefined, waitFor: WaitFor): Promise<void> {
    const upstream = upstreamRegion === undefined ? undefined : await this.#upstream(data, upstreamRegion)
    await data.write(
      "postgresql.conf",
      serverConfiguration(this.#spec, this.#options.socketDirectory, { upstream, recovers: data.isStandby }),
    )
    await data.write("postgresql.auto.conf", `synchronous_standby_names = '${synchronousNames(waitFor)}'\n`)
    // A reload of a database that is already open must not shut anybody out.
    if (!this.#process) await data.write("pg_hba.conf", accessRules(this.#spec.name, "closed"))
  }

  async #upstream(data: DataDirectory, region: string): Promise<Upstream> {
    const { host, port } = this.#peer(region)
    await data.write("replication.pass", `*:*:*:replicator:${await this.#replicatorPassword()}\n`)
    const applicationName = standbyName({ region: this.#options.region, incarnation: data.incarnation })
    return { host, port, applicationName, slot: this.#slot, passFile: join(data.path, "replication.pass") }
  }

  #supervise(data: DataDirectory): SupervisedProcess {
    const { installation, directory, onChange, onEnded, onSpawned } = this.#options
    const user = postgresUser()
    let wasReady = false
    const process = new SupervisedProcess({
      name: "database",
      command: installation.postgres,
      args: ["-D", data.path],
      environment: { LD_LIBRARY_PATH: installation.libraries, PATH: "/usr/bin:/bin", LC_ALL: "C" },
      logFile: join(directory, "logs", "database.log"),
      // Fast shutdown: sessions end, everything committed is flushed and sent to standbys.
      stopSignal: "SIGINT",
      stopDeadline: 30_000,
      onEnd: () => {
        this.#process = undefined
        onEnded(wasReady)
      },
      ...(user && { user }),
      awaitReady: signal => this.#accepting(data, signal),
    })
    process.on("change", () => {
      wasReady ||= process.state.ready
      onChange()
    })
    process.on("spawned", ({ pid, started }) => onSpawned(pid, started))
    return process
  }

  /** The postmaster writes its status into its pid file; asking by connecting would fill its log with refusals. */
  async #accepting(data: DataDirectory, signal: AbortSignal): Promise<void> {
    const pidFile = join(data.path, "postmaster.pid")
    await untilTrue(
      undefined,
      async () => {
        const lines = (await readFile(pidFile, "utf8").catch(() => "")).split("\n")
        return lines[0] === String(this.#process?.identity?.pid) && lines[7]?.trim() === "ready"
      },
      signal,
    )
  }
}
