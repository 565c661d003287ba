import { readdir, rename } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import pg from "pg"

/** A frozen primary must not freeze whoever asks it; in milliseconds. */
const queryTimeout = 10_000
/** How long a slot may stay in use by the standby before, in milliseconds: longer than the primary's wal_sender_timeout. */
const slotDeadline = 20_000
const slotPause = 200
const [absent, inUse, exists] = ["42704", "55006", "42710"]

export interface ReplicationLogin {
  readonly host: string
  readonly port: number
  readonly password: string
}

const prefix = "region_"

/** The physical slot in which a primary keeps what this region's standby still needs. */
export const slotOf = (region: string): string => `${prefix}${region.replaceAll("-", "_")}`

/**
 * Drops the slots of regions that are not among `kept` and that nobody uses, over an ordinary connection. A region that
 * is being retired still streams, and would only make its slot anew.
 */
export async function dropAbandonedSlots(client: pg.Client, kept: readonly string[]): Promise<void> {
  await client.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots
      where slot_type = 'physical' and starts_with(slot_name, $2) and slot_name <> all($1) and not active`,
    [kept, prefix],
  )
}

/**
 * Drops what this directory kept for others as a primary, when its server is down and is to follow: a standby's slots hold
 * WAL for nobody, and are lost in time, so that others would believe, once it leads again, that they need a copy. Under
 * this name PostgreSQL removes a slot when it starts, as it does with one that it was about to drop when it died.
 */
export async function dropFormerSlots(dataDirectory: string): Promise<void> {
  const root = join(dataDirectory, "pg_replslot")
  // Of a directory that cannot be read PostgreSQL says more.
  const slots = (await readdir(root).catch(() => [])).filter(name => name.startsWith(prefix) && !name.endsWith(".tmp"))
  for (const slot of slots) await rename(join(root, slot), join(root, `${slot}.tmp`))
}

/** A connection that takes replication commands. Throws what `pg` throws. */
export function replicationClient({ host, port, password }: ReplicationLogin, name?: string): pg.Client {
  const client = new pg.Client({
    ...(name !== undefined && { application_name: name }),
    host,
    port,
    user: "replicator",
    password,
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
    ...({ replication: "true" } as object),
  })
  // A connection that breaks must not end the supervisor; whoever waits for its answer is told.
  client.on("error", () => undefined)
  return client
}

/** A slot of an earlier copy may have been invalidated, and keeps WAL that a new copy does not need: it starts anew. */
export async function renewSlot(client: pg.Client, slot: string, signal: AbortSignal): Promise<void> {
  await dropSlot(client, slot, signal)
  await ask(client, `CREATE_REPLICATION_SLOT ${slot} PHYSICAL (RESERVE_WAL true)`)
}

/** For a standby that goes on with what it has. One that is there already is the better one: it keeps more. */
export async function ensureSlot(login: ReplicationLogin, slot: string): Promise<void> {
  const client = replicationClient(login)
  await client.connect()
  try {
    await ask(client, `CREATE_REPLICATION_SLOT ${slot} PHYSICAL (RESERVE_WAL true)`)
  } catch (error) {
    if ((error as { code?: string }).code !== exists) throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Waits here and not with WAIT: that would go on at the primary after this client gave up, and drop a later slot. */
async function dropSlot(client: pg.Client, slot: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + slotDeadline
  for (;;) {
    try {
      await ask(client, `DROP_REPLICATION_SLOT ${slot}`)
      return
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === absent) return
      if (code !== inUse || performance.now() > until) throw error
    }
    await delay(slotPause, undefined, { signal })
  }
}

/** The limit is of this command alone: a copy on the same connection may take as long as it moves. */
export function ask(client: pg.Client, text: string): Promise<pg.QueryResult> {
  return client.query({ text, query_timeout: queryTimeout } as pg.QueryConfig)
}

/** Whether the primary no longer keeps the WAL that this slot's standby needs. A primary that does not answer: false. */
export async function isSlotLost(login: ReplicationLogin, slot: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted()
  const client = replicationClient(login)
  const stop = () => void client.end().catch(() => undefined)
  signal.addEventListener("abort", stop, { once: true })
  try {
    await client.connect()
    const { rows } = await ask(client, `READ_REPLICATION_SLOT ${slot}`)
    return (rows[0] as { restart_lsn: string | null }).restart_lsn === null
  } catch {
    signal.throwIfAborted()
    return false
  } finally {
    signal.removeEventListener("abort", stop)
    await client.end().catch(() => undefined)
  }
}
