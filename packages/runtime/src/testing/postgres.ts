import { type ChildProcess, spawn } from "node:child_process"
import { chownSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { freePort } from "./free-port.ts"
import { postgresBinaries } from "./postgres-binaries.ts"
import { newCluster, run, unprivileged } from "./postgres-cluster.ts"

/** A real PostgreSQL server of this test's own, reachable by TCP on 127.0.0.1. */
export interface Postgres {
  readonly port: number
  readonly data: string
  /** Makes a database and returns how to reach it as the superuser. */
  createDatabase(): Promise<TestDatabase>
  /** Immediate: as after a crash. */
  stop(): Promise<void>
  /** Without effect while it runs. */
  start(): Promise<void>
  /** Stops it and removes its directory. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestDatabase {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Runs SQL as the superuser on a connection of its own. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

const owner = "chatops"
const password = "test"

export async function startPostgres(extraSettings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), "chatops-pg-"))
  const identity = unprivileged()
  if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid)
  const data = join(directory, "data")
  run("cp", ["-R", newCluster(owner, password), data], identity)
  const server = new Server(data, directory, await freePort(), extraSettings)
  await server.start()
  return server
}

class Server implements Postgres {
  readonly data: string
  readonly port: number
  readonly #directory: string
  readonly #settings: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #databases = 0

  constructor(data: string, directory: string, port: number, settings: Readonly<Record<string, string>>) {
    this.data = data
    this.#directory = directory
    this.port = port
    this.#settings = settings
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(this.port),
      unix_socket_directories: "",
      fsync: "off",
      shared_buffers: "16MB",
      max_connections: "100",
      ...this.#settings,
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    const child = spawn(join(postgresBinaries(), "bin/postgres"), ["-D", this.data, ...flags], {
      ...unprivileged(),
      cwd: this.#directory,
      env: { LANG: "C" },
      stdio: ["ignore", "ignore", "pipe"],
    })
    this.#child = child
    await readyLine(child)
  }

  async createDatabase(): Promise<TestDatabase> {
    this.#databases += 1
    const name = `test_${this.#databases}`
    const root = this.#database("postgres")
    await root.query(`CREATE DATABASE ${name}`)
    return this.#database(name)
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise(resolve => child.once("exit", resolve))
    child.kill("SIGQUIT")
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #database(database: string): TestDatabase {
    const login = { host: "127.0.0.1", port: this.port, database, user: owner, password }
    return {
      ...login,
      async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) {
        const client = new pg.Client(login)
        await client.connect()
        try {
          return (await client.query<Row>(sql, values)).rows
        } finally {
          await client.end()
        }
      },
    }
  }
}

/** The server writes this line once it takes connections. */
async function readyLine(child: ChildProcess): Promise<void> {
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      lines.push(text)
      if (text.includes("database system is ready to accept")) resolve()
    })
    child.once("exit", () => reject(new Error(`PostgreSQL ended: ${lines.join("")}`)))
    child.once("error", reject)
  })
}
