import pg from "pg"
import { classifyFailure } from "./classify-failure.ts"
import { NoAnswer, SessionLost } from "./database-error.ts"
import type { DatabaseHost, DatabaseLogin, DatabaseTimeouts } from "./database-settings.ts"
import { type Statement, statement, type Values } from "./statement.ts"

/** One connection to a server that was the primary when it was opened. */
export interface Session {
  readonly host: DatabaseHost
  /** Epoch of the primary when the session was opened. */
  readonly epoch: number
  readonly lost: boolean
  /** Throws `SessionLost`, or PostgreSQL's own error for what is wrong with the statement. */
  run<Row>(statement: Statement, values?: Values, options?: RunOptions): Promise<Row[]>
  /** As `run`, with the command that the server says it carried out: a failed transaction's COMMIT is a ROLLBACK. */
  execute<Row>(statement: Statement, values?: Values, options?: RunOptions): Promise<Outcome<Row>>
  /** Called once, at once when it is lost already. Not called after `close`. */
  onLost(listener: (error: SessionLost) => void): void
  onNotification(listener: (channel: string, payload: string) => void): void
  close(): void
}

export interface Outcome<Row> {
  readonly rows: Row[]
  readonly command: string
  /** Rows that INSERT, UPDATE or DELETE wrote, as far as the statement itself is one. */
  readonly written: number
  /** SQLSTATE of the last warning that the server sent meanwhile. */
  readonly warning: string | undefined
}

export interface RunOptions {
  /** Milliseconds after which the session is given up; default: the statement timeout and a little. */
  readonly timeout?: number
}

/** Opens a session; throws `SessionLost` when the server cannot be reached or is no primary. */
export async function openSession(
  host: DatabaseHost,
  login: DatabaseLogin,
  timeouts: DatabaseTimeouts,
): Promise<Session> {
  const connection = new Connection(host, login, timeouts)
  try {
    await connection.open()
    return connection
  } catch (error) {
    connection.close()
    throw classifyFailure(error, host.region)
  }
}

const whatIsThis = statement(
  "session-check",
  `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS read_only,
          (SELECT epoch FROM chatops.epoch) AS epoch`,
)

/**
 * Every statement is known beforehand, and what grows it reads by an index: it is planned once a session, and not for each
 * of its values, which takes longer than carrying it out. A plan that was made while a table was small must not stay behind
 * when it has grown; tables without an index that would do are read as ever.
 */
const planning = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"

const writing = new Set(["INSERT", "UPDATE", "DELETE"])

class Connection implements Session {
  readonly host: DatabaseHost
  epoch = 0
  lost = false
  readonly #client: pg.Client
  readonly #timeouts: DatabaseTimeouts
  readonly #lostListeners: ((error: SessionLost) => void)[] = []
  #reason: SessionLost | undefined
  #closed = false
  /** Came since the last statement ended, so it is of the one that runs. */
  #warning: string | undefined

  constructor(host: DatabaseHost, login: DatabaseLogin, timeouts: DatabaseTimeouts) {
    this.host = host
    this.#timeouts = timeouts
    this.#client = new pg.Client({
      host: host.host,
      port: host.port,
      database: login.database,
      user: login.user,
      password: login.password,
      application_name: login.application,
      options: planning,
      ssl: false,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      statement_timeout: timeouts.statement,
      idle_in_transaction_session_timeout: timeouts.statement,
      types,
    })
    this.#client.on("error", error => this.#lose(error))
    this.#client.on("end", () => this.#lose(new Error("connection ended")))
    this.#client.on("notice", notice => {
      if (notice.severity === "WARNING") this.#warning = notice.code ?? "01000"
    })
  }

  async open(): Promise<void> {
    await within(this.#timeouts.connect, settle => this.#client.connect(settle))
    const [found] = await this.run<{ read_only: boolean; epoch: number | null }>(whatIsThis, [], {
      timeout: this.#timeouts.connect,
    })
    if (found?.read_only !== false) throw new SessionLost(`${this.host.region}: is read-only`, { refused: true })
    if (found.epoch === null) throw new SessionLost(`${this.host.region}: has no epoch`, { refused: true })
    this.epoch = found.epoch
  }

  async run<Row>(query: Statement, values: Values = [], options: RunOptions = {}): Promise<Row[]> {
    return (await this.execute<Row>(query, values, options)).rows
  }

  async execute<Row>(query: Statement, values: Values = [], options: RunOptions = {}): Promise<Outcome<Row>> {
    if (this.#reason !== undefined) throw this.#reason
    const { name, text } = query
    const timeout = options.timeout ?? this.#timeouts.statement + 1_000
    try {
      const { rows, command, rowCount } = await within<pg.QueryResult<Row & pg.QueryResultRow>>(timeout, settle =>
        this.#client.query({ name, text, values: [...values] }, settle),
      )
      const written = writing.has(command) ? (rowCount ?? 0) : 0
      return { rows, command, written, warning: this.#warning }
    } catch (error) {
      const failure = classifyFailure(error, this.host.region)
      if (failure instanceof SessionLost) this.#lose(failure)
      throw failure
    } finally {
      this.#warning = undefined
    }
  }

  onLost(listener: (error: SessionLost) => void): void {
    if (this.#reason !== undefined) listener(this.#reason)
    else this.#lostListeners.push(listener)
  }

  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#client.on("notification", message => listener(message.channel, message.payload ?? ""))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#lostListeners.length = 0
    this.#reason ??= new SessionLost(`${this.host.region}: session closed`, { refused: false })
    this.#client.end().catch(() => {})
  }

  #lose(error: unknown): void {
    if (this.lost || this.#closed) return
    this.lost = true
    const failure = classifyFailure(error, this.host.region)
    this.#reason = failure instanceof SessionLost ? failure : new SessionLost(String(failure), { refused: false })
    // With a statement under way this destroys the socket at once; the server may be gone without a word.
    this.#client.end().catch(() => {})
    for (const listener of this.#lostListeners.splice(0)) listener(this.#reason)
  }
}

/** Throws `NoAnswer` when it takes longer: what runs on the session can no longer be waited for then. */
function within<T>(milliseconds: number, begin: (settle: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds)
    begin((error, value) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(value)
    })
  })
}

const int8 = 20
/** Epochs, positions and counts stay far below 2^53, so that `bigint` columns may be numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
}
