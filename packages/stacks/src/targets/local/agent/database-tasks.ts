import { setTimeout as delay } from "node:timers/promises"
import { type RegionIncarnation, type Register, schemaVersion } from "@chatops/runtime/contract"
import { surelyOver, usualLease } from "../../../failover/lease.ts"
import { isByLease } from "../../../failover/protocol/leading.ts"
import type { Task } from "../../../failover/protocol/supervisor.ts"
import type { LocalData } from "../../../failover/start-decision.ts"
import { ConfirmedCommits, standbyName } from "../postgres/confirmed-commits.ts"
import { followers } from "../postgres/followers.ts"
import type { Successor } from "../postgres/former-primaries.ts"
import { LeaseRow } from "../postgres/lease-row.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { replicatedSchemaVersion } from "../postgres/replicated-schema.ts"
import type { RegionSpec } from "./spec.ts"

const rejoinPause = 50
const rejoinPatience = 15_000
const streamPatience = 15_000
const slotPatience = 5_000
/** A standby reports every second (`wal_receiver_status_interval`), and at once when it has flushed what it was sent. */
const replyPatience = 2_000
const owedPatience = 1_000

interface Reply {
  readonly pid: number
  readonly name: string
  readonly sent: string | null
  /** It was sent what it has not reported yet. Null: it has reported nothing at all. */
  readonly owes: boolean | null
}

/** What a walsender's standby said last. Times by this machine's clock, in milliseconds. */
interface Heard {
  readonly sent: string | null
  /** When that was first seen. */
  readonly at: number
  /** Since when it owes another reply. */
  readonly owesSince: number | undefined
}

export interface TaskHooks {
  /** Is told what takes long, for people. */
  say(phase: string): void
  /** Makes of a primary what its runtimes need; commits locally only. */
  prepare(signal: AbortSignal): Promise<void>
  /** A former primary follows its successor with all that it held. */
  rejoined?(successor: Successor): Promise<void>
}

/** Does what the protocol asks of a database, on the region's PostgreSQL. */
export class DatabaseTasks {
  readonly #spec: RegionSpec
  readonly #database: RegionDatabase
  readonly #commits: ConfirmedCommits
  readonly #lease: LeaseRow
  readonly #hooks: TaskHooks
  /** Since when a primary answers this standby, which does not stream all the same. */
  #answeredSince: number | undefined
  #heard: ReadonlyMap<number, Heard> = new Map()

  constructor(spec: RegionSpec, database: RegionDatabase, hooks: TaskHooks) {
    this.#spec = spec
    this.#database = database
    this.#hooks = hooks
    this.#commits = new ConfirmedCommits(database)
    this.#lease = new LeaseRow(database, spec.database.name)
  }

  data(): Promise<LocalData> {
    return this.#database.localData()
  }

  /** Returns a position where one was asked for. Throws when it failed, and when the signal aborts. */
  async carryOut(task: Task, register: Register | null, signal: AbortSignal): Promise<number | undefined> {
    switch (task.task) {
      case "initialise":
        return void (await this.#database.initialise())
      case "start":
        await this.#database.start(undefined, signal, task.waitFor)
        return void (await this.#hooks.prepare(signal))
      case "promote":
        // A standby that died with its claim written: it recovers, from nobody.
        if (!this.#database.process) await this.#database.start(undefined, signal)
        // Noted while users wait for the promotion anyway: before the barrier there is nothing left to do for it.
        await allEnded([this.#database.promote(task.waitFor, signal), this.#noteLed(register)])
        // Everybody waits: roles and schema came with the data, unless this region is newer than its primary was.
        if ((await replicatedSchemaVersion(this.#database, this.#spec.database.name)) >= schemaVersion) return undefined
        return void (await this.#hooks.prepare(signal))
      case "follow":
        // A new primary has no slot for it yet. One that does not answer now will be asked again.
        await this.#database.following.keepSlot(task.primary).catch(() => undefined)
        return void (await this.#database.start(task.primary, signal))
      case "rejoin":
        return this.#rejoin(task.primary, register, signal)
      case "copy":
        if (register !== null) await this.#database.keepFormer(successorIn(register))
        await this.#database.stop()
        await this.#database.copyFrom(task.primary, signal, (sent, total) =>
          this.#hooks.say(`copying the data of ${task.primary}: ${megabytes(sent)} of ${megabytes(total)} MB`),
        )
        this.#hooks.say(`starting PostgreSQL as a standby of ${task.primary}`)
        return void (await this.#database.start(task.primary, signal))
      case "stop":
        return void (await this.#database.stop())
      case "wait-for":
        return void (await this.#commits.waitFor(task.waitFor))
      case "renew-senders":
        return void (await this.#commits.renewSenders(task.joiner, signal))
      case "see-waiting":
        return void (await this.#commits.seeWaiting(signal))
      case "see-returning":
        return void (await this.#commits.seeReturning(signal))
      case "position":
        return this.#commits.position()
      case "see-flushed":
        return void (await this.#commits.seeFlushed(task.joiner, task.position, signal))
      case "nudge":
        await this.#commits.nudge()
        return this.#grant({ alone: false, lease: register?.lease })
      case "barrier":
        await allEnded([this.#announce(register), this.#noteLed(register)])
        await this.#grant({ alone: register !== null && isByLease(register), lease: register?.lease })
        return void (await this.#commits.barrier(signal))
      case "mark-alone":
        return task.lease === null ? undefined : this.#grant({ alone: true, lease: task.lease })
      case "wait-out":
        return void (await delay(surelyOver(task.lease), undefined, { signal }))
      case "admit":
        return void (await this.#database.admit())
      case "drain":
        return void (await this.#database.drain(signal))
    }
  }

  /** Counts one more answer of the witness, while this primary acknowledges by its lease. */
  renewLease(): Promise<void> {
    return this.#lease.renew()
  }

  /**
   * Of these, those whose standby streams and says so: a walsender that is stopped shows as streaming for ever. By this
   * machine's clock alone; the other's may be wrong. Throws while the database does not answer.
   */
  async streaming(regions: readonly string[]): Promise<RegionIncarnation[]> {
    const { rows } = await this.#database.query("postgres", client =>
      client.query<Reply>(
        `select pid, application_name as name, reply_time::text as sent, sent_lsn > flush_lsn as owes from ${followers}`,
      ),
    )
    const now = performance.now()
    const heard = ({ pid, sent, owes }: Reply): Heard => {
      const before = this.#heard.get(pid)
      const said = before?.sent === sent ? before : { sent, at: now, owesSince: undefined }
      return { ...said, owesSince: owes ? (said.owesSince ?? now) : undefined }
    }
    this.#heard = new Map(rows.map(reply => [reply.pid, heard(reply)]))
    const alive = rows.filter(({ pid }) => {
      const { at = now, owesSince = now } = this.#heard.get(pid) ?? {}
      return now - at < replyPatience && now - owesSince < owedPatience
    })
    return alive.flatMap(({ name }) =>
      regions
        .filter(region => name.startsWith(standbyName({ region, incarnation: "" })))
        .map(region => ({ region, incarnation: name.slice(standbyName({ region, incarnation: "" }).length) })),
    )
  }

  /**
   * Whether a standby that runs can never follow this primary; undefined while it does. What is needed may be
   * gone though a slot is there: who has long had an answer from its primary, and no stream, has none to expect.
   */
  async divergence(primary: string): Promise<boolean | undefined> {
    if (await this.#database.following.follows(primary)) {
      this.#answeredSince = undefined
      return undefined
    }
    if (await this.#database.following.hasLostSlot(primary, AbortSignal.timeout(slotPatience))) return true
    const answers = await this.#database.following.keepSlot(primary).then(
      () => true,
      () => false,
    )
    this.#answeredSince = answers ? (this.#answeredSince ?? performance.now()) : undefined
    if (this.#answeredSince === undefined) return false
    return performance.now() - this.#answeredSince > streamPatience || this.#database.following.hasDiverged(primary)
  }

  async #rejoin(primary: string, register: Register | null, signal: AbortSignal): Promise<undefined> {
    const led = await this.#database.led().catch(() => null)
    await this.#database.becomeStandby(primary)
    await this.#database.start(primary, signal)
    for (const began = performance.now(); performance.now() - began < rejoinPatience; ) {
      const diverged = await this.divergence(primary).catch(() => false)
      if (diverged === undefined) {
        await this.#database.hasRejoined()
        // It follows, told or not.
        if (register !== null && led?.epoch === register.epoch - 1)
          await this.#hooks.rejoined?.(successorIn(register)).catch(() => undefined)
        return
      }
      if (diverged) throw new Error(`its history is not that of ${primary}`)
      await delay(rejoinPause, undefined, { signal })
    }
    // The primary may not have any more what it lacks.
    throw new Error(`it does not stream from ${primary}`)
  }

  /** Whoever recovers the witness goes by it: it is on disk before anybody is let in. */
  async #noteLed(register: Register | null): Promise<void> {
    if (register !== null) await this.#database.noteLed(register.epoch)
  }

  async #grant({ alone, lease }: { alone: boolean; lease: number | null | undefined }): Promise<undefined> {
    await this.#lease.grant({ alone, length: lease ?? usualLease })
  }

  /** Runtimes compare it with the highest epoch that they have seen. The barrier after it confirms it. */
  async #announce(register: Register | null): Promise<void> {
    if (register === null) return
    const text = `begin; set local synchronous_commit to local;
                  update chatops.epoch set epoch = ${register.epoch} where epoch < ${register.epoch}; commit`
    await this.#database.ask(this.#spec.database.name, client => client.query(text))
  }
}

/** What fails first is thrown once nothing is at work any more: the next task must not meet it. */
async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === "rejected") throw outcome.reason
}

const successorIn = ({ epoch, primary, claim }: Register): Successor => ({ epoch, primary, claim })
const megabytes = (bytes: number): number => Math.ceil(bytes / 1_000_000)
