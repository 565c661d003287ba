import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import type pg from "pg"
import type { Fitness, ModelFitness } from "../../../environment-state.ts"
import type { RegionSpec } from "./spec.ts"

/** In milliseconds. */
const lookEvery = 10_000
const modelPatience = 2_000

type Query = <Result>(work: (client: pg.Client) => Promise<Result>) => Promise<Result>
type Upstream = RegionSpec["replicas"][number]["chat"]["upstreams"][number]

export interface FitnessParts {
  /** Whether the region is what it should be: a primary or a standby. */
  readonly serves: () => boolean
  /** On this region's own database. */
  readonly query: Query
  readonly every?: number
}

/**
 * Looks again and again whether a region could carry everybody: what it finds is there when somebody asks, so that a
 * failover waits neither for a model's server nor for a database.
 */
export class RegionFitness {
  readonly #parts: FitnessParts
  readonly #timer: NodeJS.Timeout
  #spec: RegionSpec | undefined
  #latest: Fitness | null = null
  #looking = false

  constructor(parts: FitnessParts) {
    this.#parts = parts
    this.#timer = setInterval(() => void this.look(), parts.every ?? lookEvery).unref()
  }

  /** Null: it does not serve, or nobody has looked yet. */
  get latest(): Fitness | null {
    return this.#parts.serves() ? this.#latest : null
  }

  apply(spec: RegionSpec): Promise<void> {
    this.#spec = spec
    return this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async look(): Promise<void> {
    const spec = this.#spec
    if (spec === undefined || this.#looking) return
    this.#looking = true
    this.#latest = this.#parts.serves() ? await this.#found(spec).catch(() => null) : null
    this.#looking = false
  }

  async #found(spec: RegionSpec): Promise<Fitness> {
    const lookedAt = Date.now()
    const [one] = spec.replicas
    const upstreams = one?.chat.upstreams ?? []
    const [database, missingSecrets, models] = await Promise.all([
      this.#parts.query(databaseFitness),
      unreadable(secretsOf(spec)),
      Promise.all(upstreams.map(modelFitness)),
    ])
    const replicas = one === undefined ? 0 : 1 + one.peers.length
    const { most, keys, unreplayed } = database
    const wanted = replicas * (one?.database.connections ?? 0)
    const before = this.#latest && { lookedAt: this.#latest.lookedAt, keys: this.#latest.keys }
    return { lookedAt, connections: { most, wanted }, keys, before, unreplayed, missingSecrets, models }
  }
}

async function databaseFitness(client: pg.Client): Promise<{ most: number; keys: number; unreplayed: number }> {
  const reserved = ["superuser_reserved_connections", "reserved_connections"]
  const settings = reserved.map(name => ` - current_setting('${name}')::int`).join("")
  const { rows } = await client.query(
    `select current_setting('max_connections')::int${settings} as most,
            (select count(*)::int from chatops.api_keys where kind = 'api') as keys,
            coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::float8 as unreplayed`,
  )
  return rows[0]
}

const secretsOf = ({ replicas }: RegionSpec): string[] => [
  ...new Set(
    replicas.flatMap(({ database, chat }) => [
      database.passwordFile,
      ...chat.upstreams.flatMap(({ apiKeyFile }) => apiKeyFile ?? []),
    ]),
  ),
]

async function unreadable(files: readonly string[]): Promise<string[]> {
  const empty = (file: string) =>
    readFile(file, "utf8")
      .then(text => text.trim() === "")
      .catch(() => true)
  const found = await Promise.all(files.map(empty))
  return files.filter((_file, index) => found[index]).map(file => basename(file))
}

/** Asks for the list of models, which costs nothing and takes the key. A server without one answers all the same. */
async function modelFitness({ name, baseURL, apiKeyFile }: Upstream): Promise<ModelFitness> {
  try {
    const key = apiKeyFile === undefined ? undefined : (await readFile(apiKeyFile, "utf8")).trim()
    const response = await fetch(`${baseURL}/models`, {
      ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
      signal: AbortSignal.timeout(modelPatience),
    })
    await response.body?.cancel()
    return { name, problem: problemOf(response.status), quotaLeft: quotaLeft(response.headers) }
  } catch (error) {
    const { name: kind, message, cause } = error as Error & { cause?: Error }
    const problem =
      kind === "TimeoutError" ? `no answer within ${modelPatience / 1_000} s` : (cause?.message ?? message)
    return { name, problem, quotaLeft: null }
  }
}

function problemOf(status: number): string | null {
  if (status === 401 || status === 403) return `it refuses the key (${status})`
  if (status === 429) return "its quota is used up (429)"
  return status >= 500 ? `it answers ${status}` : null
}

/** Of what OpenAI and those who follow it say in `x-ratelimit-*`, the scarcest. */
function quotaLeft(headers: Headers): number | null {
  const shares = ["requests", "tokens"].flatMap(what => {
    const limit = Number(headers.get(`x-ratelimit-limit-${what}`) ?? Number.NaN)
    const remaining = Number(headers.get(`x-ratelimit-remaining-${what}`) ?? Number.NaN)
    return limit > 0 && remaining >= 0 ? [Math.min(1, remaining / limit)] : []
  })
  return shares.length === 0 ? null : Math.min(...shares)
}
