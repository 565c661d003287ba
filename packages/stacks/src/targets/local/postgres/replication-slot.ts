import pg from "pg"

export interface ReplicationLogin {
  readonly host: string
  readonly port: number
  readonly password: string
}

/** A connection that takes replication commands. Throws what `pg` throws. */
export function replicationClient({ host, port, password }: ReplicationLogin): pg.Client {
  const client = new pg.Client({
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
export async function renewSlot(client: pg.Client, slot: string): Promise<void> {
  const absent = "42704"
  await client.query(`DROP_REPLICATION_SLOT ${slot} WAIT`).catch((error: { code?: string }) => {
    if (error.code !== absent) throw error
  })
  await client.query(`CREATE_REPLICATION_SLOT ${slot} PHYSICAL (RESERVE_WAL true)`)
}

/** Whether the primary no longer keeps the WAL that this slot's standby needs. A primary that does not answer: false. */
export async function isSlotLost(login: ReplicationLogin, slot: string): Promise<boolean> {
  const client = replicationClient(login)
  try {
    await client.connect()
    const { rows } = await client.query(`READ_REPLICATION_SLOT ${slot}`)
    return (rows[0] as { restart_lsn: string | null }).restart_lsn === null
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
