import { once } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import type { RegionIncarnation } from "@chatops/runtime/contract"
import type pg from "pg"
import type { WaitFor } from "../../../failover/protocol/supervisor.ts"
import { followers } from "./followers.ts"
import { pulseName } from "./primary-pulse.ts"
import type { RegionDatabase } from "./region-database.ts"
import { reloadConfiguration } from "./reload-configuration.ts"

const pollEvery = 3
/** How long a step behind the gate may take, in milliseconds. */
const gatePatience = 3_000
/** How long whoever gives up waits for the server to hear of it, in milliseconds: one that stands still never does. */
const farewellPatience = 1_000

/** What a standby calls itself, and a primary waits for. The gate's name has no incarnation: no standby has it. */
export const standbyName = ({ region, incarnation }: RegionIncarnation): string => `${region}_${incarnation}`

/** Value of `synchronous_standby_names`. */
export function synchronousNames(waitFor: WaitFor): string {
  if (waitFor === "nobody") return ""
  return `FIRST 1 ("${waitFor === "gate" ? "gate" : standbyName(waitFor)}")`
}

/**
 * What a primary's commits wait for, and how to see that its processes have come to it: the tasks of a join (rule 4),
 * on a server that runs. Each rejects when its signal aborts, and leaves the names as they are then.
 */
export class ConfirmedCommits {
  readonly #database: RegionDatabase

  constructor(database: RegionDatabase) {
    this.#database = database
  }

  /** Resolves when the postmaster has the names; checkpointer and walsenders come to them by themselves, later. */
  async waitFor(names: WaitFor): Promise<void> {
    const value = synchronousNames(names)
    await this.#database.ask("postgres", async client => {
      await client.query(`alter system set synchronous_standby_names to '${value}'`)
      await reloadConfiguration(client)
    })
  }

  /**
   * Ends every walsender that could release somebody by older names, until none of their processes exists and the joiner
   * streams. The joiner's own is left alone where no names list it. Another one may just have read some that do, and shows
   * nothing of them yet; until its standby has reported a position one is shown as not listed, whatever it goes by.
   */
  async renewSenders(joiner: RegionIncarnation, given: AbortSignal): Promise<void> {
    const signal = inTime(given)
    const name = standbyName(joiner)
    // On a session that begins now: the postmaster has told everybody by then, also a walsender that shows nowhere yet.
    const ended = await this.#database.query("postgres", async client => {
      const { rows } = await client.query<{ pid: number }>(
        `select pid, pg_terminate_backend(pid) from pg_stat_replication
          where state <> 'backup' and application_name <> $1
            and (application_name <> $2 or sync_priority > 0 or flush_lsn is null)`,
        [pulseName, name],
      )
      return rows.map(({ pid }) => pid)
    })
    const text = `select (select count(*)::int from pg_stat_activity where pid = any($1)) as left,
                         exists (select from ${followers} where application_name = $2 and pid <> all($1)) as back`
    await this.#ask(client =>
      poll(signal, async () => {
        const { rows } = await client.query<{ left: number; back: boolean }>(text, [ended, name])
        return rows[0]?.left === 0 && rows[0].back
      }),
    )
  }

  /** Sees one commit wait. Names of nobody that the checkpointer has not left yet let it return: then another is made. */
  seeWaiting(signal: AbortSignal): Promise<void> {
    return this.#probe("waits", inTime(signal))
  }

  seeReturning(signal: AbortSignal): Promise<void> {
    return this.#probe("returned", signal)
  }

  /** Bytes of WAL that are on disk. */
  position(): Promise<number> {
    return this.#ask(async client => {
      const text = "select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::float8 as position"
      return (await client.query<{ position: number }>(text)).rows[0]?.position ?? 0
    })
  }

  async seeFlushed(joiner: RegionIncarnation, position: number, given: AbortSignal): Promise<void> {
    const signal = inTime(given)
    const text = `select exists (select from ${followers} where application_name = $1
                                    and pg_wal_lsn_diff(flush_lsn, '0/0') >= $2) as flushed`
    await this.#ask(client =>
      poll(signal, async () => {
        const { rows } = await client.query<{ flushed: boolean }>(text, [standbyName(joiner), position])
        return rows[0]?.flushed === true
      }),
    )
  }

  /** Walsenders release waiters when their standby next reports: a commit that waits for nobody makes it report. */
  async nudge(): Promise<void> {
    await this.#ask(client => client.query(`begin; set local synchronous_commit to local; ${smallRecord}; commit`))
  }

  /** One commit, confirmed by whom commits wait for. Rejects in time though the server stand still. */
  async barrier(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const confirmed = this.#ask(async client => {
      // A session is a while in coming.
      signal.throwIfAborted()
      const commit = new Commit(client)
      try {
        await poll(signal, async () => commit.state !== "waits")
      } finally {
        if (commit.state !== "returned") await this.#end(client)
      }
      if (commit.state === "unconfirmed") throw new Error("the wait for the standby was cancelled")
    })
    await promptly(confirmed, signal)
  }

  /** Who waits for a standby does not see that nobody waits for it any more. As far as the server answers. */
  async #end(waiting: pg.Client): Promise<void> {
    await this.#ask(client => client.query("select pg_terminate_backend($1)", [pidOf(waiting)])).catch(() => undefined)
  }

  async #probe(wanted: "waits" | "returned", signal: AbortSignal): Promise<void> {
    await this.#ask(watcher =>
      poll(signal, () =>
        // On a session of its own: it may have to be ended.
        this.#database.query("postgres", async client => {
          const commit = new Commit(client)
          const seen = await seeEnd(watcher, pidOf(client), commit, signal)
          // Nobody else is to wait for it.
          if (seen === "waits") await watcher.query("select pg_terminate_backend($1)", [pidOf(client)])
          return seen === wanted
        }),
      ),
    )
  }

  #ask<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    return this.#database.ask("postgres", work)
  }
}

/** Its server told it so when it logged in; the types keep it to themselves. */
const pidOf = (client: pg.Client): number => (client as pg.Client & { readonly processID: number }).processID

const smallRecord = "select pg_logical_emit_message(true, 'chatops', 'probe')"

/** A small commit that is under way. A wait that was cancelled reports success, with a warning: that is no confirmation. */
class Commit {
  state: "waits" | "returned" | "unconfirmed" = "waits"

  constructor(client: pg.Client) {
    let warned = false
    const warn = () => {
      warned = true
    }
    client.on("notice", warn)
    client
      .query(smallRecord)
      .then(
        () => {
          this.state = warned ? "unconfirmed" : "returned"
        },
        () => {
          this.state = "unconfirmed"
        },
      )
      .finally(() => client.off("notice", warn))
  }
}

async function seeEnd(watcher: pg.Client, pid: number, commit: Commit, signal: AbortSignal): Promise<Commit["state"]> {
  let waits = false
  await poll(signal, async () => {
    if (commit.state !== "waits") return true
    const text = "select wait_event = 'SyncRep' as waits from pg_stat_activity where pid = $1"
    waits = (await watcher.query<{ waits: boolean | null }>(text, [pid])).rows[0]?.waits === true
    return waits
  })
  return waits ? "waits" : commit.state
}

/** Every commit waits meanwhile: a process that is stopped does not come to its end by itself, and is given up (rule 4). */
const inTime = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(gatePatience)])

async function poll(signal: AbortSignal, condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(pollEvery, undefined, { signal })
}

/** What work comes to; a moment after the signal has aborted it is not waited for any more. */
async function promptly<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const settled = new AbortController()
  const late = once(signal, "abort", settled).then(async (): Promise<never> => {
    await delay(farewellPatience, undefined, settled)
    throw signal.reason
  })
  return Promise.race([work, late]).finally(() => settled.abort())
}
