import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type pg from "pg"
import type { DatabaseSpec } from "../agent/spec.ts"
import type { BackupSource } from "./base-backup.ts"
import { standbyName } from "./confirmed-commits.ts"
import type { DataDirectory } from "./data-directory.ts"
import { PrimaryPulse } from "./primary-pulse.ts"
import { ask, ensureSlot, isSlotLost, type ReplicationLogin, replicationClient, slotOf } from "./replication-slot.ts"
import type { Upstream } from "./server-configuration.ts"
import { type Beginning, isDiverged, timelineHistory } from "./timeline-history.ts"

interface FollowingParts {
  readonly region: string
  readonly spec: () => DatabaseSpec
  readonly query: <Result>(database: string, work: (client: pg.Client) => Promise<Result>) => Promise<Result>
}

/** Other regions' databases as this one follows them: how it logs in there, what is kept for it, whether it streams. */
export class Following {
  readonly #parts: FollowingParts

  constructor(parts: FollowingParts) {
    this.#parts = parts
  }

  async source(primary: string): Promise<BackupSource> {
    return { ...(await this.#login(primary)), slot: this.#slot }
  }

  /** What `postgresql.conf` says of it; the password is put beside the data. */
  async upstream(primary: string, data: DataDirectory): Promise<Upstream> {
    const { host, port, password } = await this.#login(primary)
    await data.write("replication.pass", `*:*:*:replicator:${password}\n`)
    const applicationName = standbyName({ region: this.#parts.region, incarnation: data.incarnation })
    return { host, port, applicationName, slot: this.#slot, passFile: join(data.path, "replication.pass") }
  }

  /** Has the primary keep what this region needs. Throws what `pg` throws. */
  async keepSlot(primary: string): Promise<void> {
    await ensureSlot(await this.#login(primary), this.#slot)
  }

  /** Whether this standby can never stream again, because the primary no longer keeps what it lacks. */
  async hasLostSlot(primary: string, signal: AbortSignal): Promise<boolean> {
    return isSlotLost(await this.#login(primary), this.#slot, signal)
  }

  /**
   * Whether this standby receives the primary's present timeline. One whose history is another may receive an older one
   * for moments, again and again. Throws what `pg` throws, when the primary cannot be asked.
   */
  async follows(primary: string): Promise<boolean> {
    const { rows } = await this.#parts.query("postgres", client =>
      client.query<{ timeline: number }>(
        "select received_tli as timeline from pg_stat_wal_receiver where status = 'streaming'",
      ),
    )
    const [receiver] = rows
    if (receiver === undefined) return false
    const history = await timelineHistory(await this.#login(primary))
    return receiver.timeline === history.timeline
  }

  /** Whether this standby, which runs, holds WAL that is no part of the primary's history. Throws what `pg` throws. */
  async hasDiverged(primary: string): Promise<boolean> {
    const history = await timelineHistory(await this.#login(primary))
    // The control file names the timeline of the last checkpoint, which may be an older one.
    const { rows } = await this.#parts.query("postgres", client =>
      client.query<{ timeline: number; end: string }>(
        `select (select max(('x' || left(name, 8))::bit(32)::int) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$') as timeline,
                pg_last_wal_replay_lsn()::text as end`,
      ),
    )
    const [own] = rows
    return own !== undefined && isDiverged(history, own)
  }

  /** How far the primary has written by now. Throws what `pg` throws. */
  async flushed(primary: string): Promise<string> {
    const client = replicationClient(await this.#login(primary))
    await client.connect()
    try {
      const { rows } = await ask(client, "IDENTIFY_SYSTEM")
      return String((rows[0] as { xlogpos: string }).xlogpos)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  /** Where this primary's timeline begins; undefined of the first. Throws what `pg` throws. */
  async beginning(): Promise<Beginning | undefined> {
    const { timeline, forks } = await timelineHistory(await this.#ownLogin())
    const left = forks.at(-1)
    return left && { timeline, left }
  }

  /** Watches a primary from here; this region itself, where it is the primary, without any link between. */
  async pulseOf(primary: string): Promise<PrimaryPulse> {
    const login = primary === this.#parts.region ? this.#ownLogin() : this.#login(primary)
    return new PrimaryPulse(primary, await login)
  }

  get #slot(): string {
    return slotOf(this.#parts.region)
  }

  async #ownLogin(): Promise<ReplicationLogin> {
    const { port, passwords } = this.#parts.spec()
    return { host: "127.0.0.1", port, password: await passwordIn(passwords.replicator) }
  }

  async #login(region: string): Promise<ReplicationLogin> {
    const { peers, passwords } = this.#parts.spec()
    const peer = peers.find(candidate => candidate.region === region)
    if (!peer) throw new Error(`no address of region ${region} is known here`)
    return { ...peer, password: await passwordIn(passwords.replicator) }
  }
}

const passwordIn = async (file: string) => (await readFile(file, "utf8")).trim()
