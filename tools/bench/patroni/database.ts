import pg from "pg"

export interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** Milliseconds: what applications are told to set, and libpq's least. */
const connectionTimeoutMillis = 2_000

/** Runs one statement on a connection of its own. Throws what `pg` throws, after a few seconds at most. */
export async function query(login: Login, statement: string): Promise<unknown[]> {
  return await withConnection({ ...login, query_timeout: 5_000 }, async client => (await client.query(statement)).rows)
}

export async function withConnection<Result>(
  login: Login & { readonly query_timeout?: number },
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ ...login, connectionTimeoutMillis })
  // A connection that breaks is told by the next query.
  client.on("error", () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    // Not waited for: a frozen server does not answer.
    client.end().catch(() => undefined)
  }
}
