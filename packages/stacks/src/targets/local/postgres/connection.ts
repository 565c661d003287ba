import { readFileSync } from "node:fs"
import pg from "pg"

export interface SocketLogin {
  readonly socketDirectory: string
  readonly port: number
  readonly user: "superuser" | "owner"
  readonly passwordFile: string
  readonly database: string
}

/** Runs work on one connection through the database's Unix socket, and closes it. Throws what `pg` throws. */
export async function withConnection<Result>(
  login: SocketLogin,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(login)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whoever asks for it closes it. Throws what `pg` throws. */
export async function connect(login: SocketLogin): Promise<pg.Client> {
  const client = new pg.Client({
    host: login.socketDirectory,
    port: login.port,
    user: login.user,
    password: readFileSync(login.passwordFile, "utf8").trim(),
    database: login.database,
    connectionTimeoutMillis: 3_000,
    // A frozen server must not freeze its supervisor.
    query_timeout: 30_000,
    application_name: "chatops-supervisor",
  })
  // An idle connection that breaks must not end the supervisor; the next query reports it.
  client.on("error", () => undefined)
  await client.connect()
  return client
}
