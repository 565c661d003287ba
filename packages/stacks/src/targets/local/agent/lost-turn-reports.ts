import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { LostTurns, UnreadDirectory } from "../../../environment-state.ts"
import { formerPrimarySocketDirectory } from "../layout.ts"
import { DataDirectory } from "../postgres/data-directory.ts"
import { epochOf } from "../postgres/epoch-of.ts"
import { type FormerPrimary, lacksNothing, type Successor } from "../postgres/former-primaries.ts"
import { type Query, withFormerPrimary } from "../postgres/former-primary-server.ts"
import { lostTurns } from "../postgres/lost-turns.ts"
import { writeLostTurns } from "../postgres/lost-turns-file.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { untilReplayed } from "../postgres/until-replayed.ts"
import { LostTurnRecord, lostTurnsDirectory } from "./lost-turn-record.ts"
import type { RoleContext } from "./role.ts"
import type { RegionSpec } from "./spec.ts"

/** Before each further try, in milliseconds. */
const usualPauses: readonly number[] = [1_000, 5_000, 30_000]
/** A standby is asked so often whether it streams, in milliseconds. */
const lookEvery = 200

/** Where a region's present data come from: it is primary itself, or follows one. */
export type Standing = { readonly follows: string } | "primary"

export interface LostTurnReportsParts {
  readonly spec: RegionSpec
  readonly database: RegionDatabase
  /** Undefined while it is neither. */
  readonly standing: () => Standing | undefined
  readonly remember: RoleContext["remember"]
  readonly onChange: () => void
  readonly pauses?: readonly number[] | undefined
}

/**
 * Reads what former primaries' directories hold that the present data lack, once this region follows the primary that
 * came after them, and removes each when that is on disk. What fails is tried again a few times; the directory stays.
 */
export class LostTurnReports {
  readonly #parts: LostTurnReportsParts
  readonly #record: LostTurnRecord
  readonly #stop = new AbortController()
  readonly #failures = new Map<string, { readonly times: number; readonly directory: UnreadDirectory }>()
  #latest: LostTurns | null = null
  #atWork: Promise<void> | undefined
  #asked = false
  /** The present data beside which nothing is left to be read: what comes later comes with others. */
  #doneBeside: string | null = null

  constructor(parts: LostTurnReportsParts) {
    this.#parts = parts
    this.#record = new LostTurnRecord(parts.spec.directory)
  }

  /** Goes on with what an earlier agent did not come to. */
  async begin(): Promise<void> {
    this.#latest = await this.#record.read()
    this.look()
  }

  get latest(): LostTurns | null {
    return this.#latest
  }

  /** A directory that could not be read, however often it was tried. */
  get unread(): UnreadDirectory | null {
    const given = [...this.#failures.values()].find(({ times }) => times > this.#pauses.length)
    return given?.directory ?? null
  }

  /** To be called whenever what this region is may have changed. */
  look(): void {
    if (this.#parts.database.incarnation === this.#doneBeside) return
    this.#asked = true
    if (this.#atWork !== undefined || this.#stop.signal.aborted || this.#parts.standing() === undefined) return
    this.#asked = false
    this.#atWork = this.#readAll().finally(() => {
      this.#atWork = undefined
      if (this.#asked) this.look()
    })
  }

  /** A former primary follows with the data that it has: its successor has all of them. */
  async rejoined({ epoch, primary, claim }: Successor): Promise<void> {
    if (claim === "in-sync") return
    const found = { epoch: epoch - 1, primary, claim, turns: 0, repeated: 0, file: null }
    await this.#record.write(found)
    this.#latest = found
  }

  /** What could not be read may have been mended. */
  forgive(): void {
    this.#failures.clear()
    this.#doneBeside = null
    this.look()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopping"))
    await this.#atWork
  }

  get #pauses(): readonly number[] {
    return this.#parts.pauses ?? usualPauses
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const [next] = await this.#waiting()
      if (next === undefined || this.#parts.standing() === undefined) return
      const tries = this.#failures.get(next.incarnation)?.times ?? 0
      const pause = this.#pauses[tries - 1]
      try {
        if (pause !== undefined) await delay(pause, undefined, { signal })
        if (!(await this.#isCurrent(signal))) return
        await this.#read(next, signal)
        this.#failures.delete(next.incarnation)
      } catch (error) {
        if (signal.aborted) return
        const directory = { directory: next.path, problem: (error as Error).message }
        this.#failures.set(next.incarnation, { times: tries + 1, directory })
      }
      this.#parts.onChange()
    }
  }

  /** Those that are worth a try. */
  async #waiting(): Promise<FormerPrimary[]> {
    const { database } = this.#parts
    // Before it is known which directory is the region's data, none is taken for a former one.
    if (database.incarnation === null) return []
    const present = database.incarnation
    const unread = await database.former.unread(present)
    const waiting = unread.filter(
      ({ incarnation }) => (this.#failures.get(incarnation)?.times ?? 0) <= this.#pauses.length,
    )
    if (waiting.length === 0) this.#doneBeside = present
    return waiting
  }

  /** Waits until the primary streams to this standby; false when it is none any more. Redundancy comes first. */
  async #isCurrent(signal: AbortSignal): Promise<boolean> {
    const { database, standing } = this.#parts
    for (;;) {
      const present = standing()
      if (present === undefined) return false
      if (present === "primary" || (await database.following.follows(present.follows).catch(() => false))) return true
      await delay(lookEvery, undefined, { signal })
    }
  }

  async #read(former: FormerPrimary, signal: AbortSignal): Promise<void> {
    const { spec, database, remember } = this.#parts
    const { incarnation, path } = former
    const found = await withFormerPrimary(
      new DataDirectory(path),
      {
        socketDirectory: formerPrimarySocketDirectory(spec.socket),
        passwordFile: spec.database.passwords.superuser,
        logFile: join(spec.directory, "logs", "former-primary.log"),
        onSpawned: (pid, started) => remember("former-primary", pid, started),
      },
      query => this.#compare(former, query, signal),
      signal,
    )
    if (found !== undefined) {
      await this.#record.write(found)
      this.#latest = found
    }
    await database.former.remove(incarnation)
  }

  /** Undefined: nothing that it acknowledged can be missing. */
  async #compare(
    { incarnation, successor }: FormerPrimary,
    query: Query,
    signal: AbortSignal,
  ): Promise<LostTurns | undefined> {
    const { spec, database } = this.#parts
    const { name } = spec.database
    const isThere = await query("postgres", client =>
      client.query("select from pg_database where datname = $1", [name]),
    )
    if (isThere.rowCount === 0) return undefined
    const epoch = await query(name, epochOf)
    if (epoch === undefined || (successor && lacksNothing(successor, epoch))) return undefined
    const present = this.#parts.standing()
    if (present === undefined) throw new Error("this region follows no primary at the moment")
    // A turn that the new primary has saved again is not lost: it has to be here before that is said.
    if (present !== "primary") await untilReplayed(database, present.follows, signal)
    const file = join(lostTurnsDirectory(spec.directory), `${epoch}-${incarnation}.jsonl`)
    const written = await query(name, former =>
      database.query(name, present => writeLostTurns(file, lostTurns(former, present))),
    )
    return {
      epoch,
      ...takenBy(successor, epoch),
      ...written,
      file: written.turns + written.repeated > 0 ? file : null,
    }
  }
}

/** Who took the place in this epoch, as far as that was noted: with several changes since, only the last was. */
function takenBy(successor: Successor | null, epoch: number): Pick<LostTurns, "primary" | "claim"> {
  if (successor?.epoch !== epoch + 1 || successor.claim === "in-sync") return { primary: null, claim: null }
  return { primary: successor.primary, claim: successor.claim }
}
