import { randomBytes, randomUUID } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import { type PrimaryDatabase, type Session, statement } from "../database/index.ts"
import { type KeyNews, KeyNewsDesk } from "./key-news.ts"
import type { TurnOrigin } from "./turn-origin.ts"

/**
 * This process as other replicas see it: one session to the primary that holds an advisory lock, gone the moment the
 * process dies, and a heartbeat, which ends when it freezes. The same session carries news about idempotency keys.
 */
export interface Presence {
  /** Names this process among all that ever ran. */
  readonly instance: string
  /** Starts listening for the end of a request elsewhere. Dispose of it. */
  awaitKey(name: string): KeyNews
  /** Wakes those who wait for a key, here and on other replicas. Best effort: they look again by themselves, too. */
  announceKey(name: string): void
  /** Settles when it may be worth trying the database again; false when this process stops. */
  nextChance(): Promise<boolean>
  close(): void
}

export interface PresenceOptions {
  /** Milliseconds. */
  readonly heartbeat?: number
  readonly onError?: (error: unknown) => void
}

export function createPresence(database: PrimaryDatabase, origin: TurnOrigin, options: PresenceOptions = {}): Presence {
  const presence = new SessionPresence(database, origin, options)
  void presence.run()
  return presence
}

const defaultHeartbeat = 1_000
/** Milliseconds without an answer after which the server counts as gone. */
const heartbeatTimeout = 2_000
const channel = "chatops_keys"

class SessionPresence implements Presence {
  readonly instance: string
  readonly #database: PrimaryDatabase
  readonly #origin: TurnOrigin
  readonly #options: PresenceOptions
  readonly #desk: KeyNewsDesk
  readonly #closing = new AbortController()

  constructor(database: PrimaryDatabase, origin: TurnOrigin, options: PresenceOptions) {
    this.#database = database
    this.#origin = origin
    this.#options = options
    this.instance = `${origin.region}/${origin.replica}/${randomUUID()}`
    this.#desk = new KeyNewsDesk(database)
  }

  async run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const session = await this.#database.session()
        await this.#stayPresent(session)
      } catch (error) {
        if (signal.aborted) return
        this.#options.onError?.(error)
        await this.nextChance()
      }
    }
  }

  awaitKey(name: string): KeyNews {
    return this.#desk.listen(name)
  }

  announceKey(name: string): void {
    const payload = this.#desk.announce(name)
    this.#database.read(notify, [channel, payload], "nothing").catch(error => this.#options.onError?.(error))
  }

  async nextChance(): Promise<boolean> {
    const { signal } = this.#closing
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.#database.onChange(primary => primary && resolve())
    const waited = new AbortController()
    await Promise.race([promise, pause(1_000, undefined, { signal: AbortSignal.any([signal, waited.signal]) })]).catch(
      () => {},
    )
    waited.abort()
    stop()
    return !signal.aborted
  }

  close(): void {
    this.#closing.abort()
  }

  async #stayPresent(session: Session): Promise<void> {
    const { signal } = this.#closing
    const ended = new AbortController()
    session.onLost(() => ended.abort())
    session.onNotification((_, payload) => this.#desk.deliver(payload))
    const stop = AbortSignal.any([signal, ended.signal])
    try {
      const lock = await this.#attach(session)
      const { region, replica, release } = this.#origin
      while (!stop.aborted) {
        await session.run(beInRegister, [this.instance, region, replica, release, lock], { timeout: heartbeatTimeout })
        await pause(this.#options.heartbeat ?? defaultHeartbeat, undefined, { signal: stop, ref: false }).catch(
          () => {},
        )
      }
    } finally {
      if (session.lost) this.#database.suspect(`${session.host.region}: heartbeat failed`)
      session.close()
    }
  }

  /** Takes an advisory lock and returns its number. */
  async #attach(session: Session): Promise<string> {
    // A new lock for each session: an old session may linger on the server and hold the old one.
    const lock = (randomBytes(8).readBigUInt64BE() >> 1n).toString()
    // A heartbeat acknowledges nothing, so it need not wait for another region.
    await session.run(commitAtOnce)
    await session.run(listen)
    await session.run(lockInstance, [lock])
    return lock
  }
}

const commitAtOnce = statement("presence-commit-at-once", "SET synchronous_commit = off")
const listen = statement("presence-listen", `LISTEN ${channel}`)
const notify = statement("presence-notify", "SELECT pg_notify($1, $2)")
const lockInstance = statement("presence-lock", "SELECT pg_advisory_lock($1)")

/** Every heartbeat, too: a row that was purged comes back. */
const beInRegister = statement(
  "presence-register",
  `INSERT INTO chatops.replicas (instance, region, replica, release_id, lock_key, server, seen_at)
   VALUES ($1, $2, $3, $4, $5, pg_postmaster_start_time()::text, clock_timestamp())
   ON CONFLICT (instance) DO UPDATE
   SET lock_key = excluded.lock_key, server = excluded.server, seen_at = excluded.seen_at`,
)
