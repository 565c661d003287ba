import { looksAgain } from "../../../failover/protocol/supervisor.ts"
import type { RegionPulse } from "../../../failover/watching.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { progressSoon } from "../postgres/replication-progress.ts"
import { reasonClosed } from "./reason-closed.ts"
import type { RegionState } from "./state.ts"
import type { Supervised } from "./supervised.ts"

/** What a region's database consists of at this moment, and what can be said of it. */
export class PresentRegion {
  /** Undefined before the first specification. */
  database: RegionDatabase | undefined
  /** Undefined before it has begun, and while another one takes its place. */
  supervised: Supervised | undefined
  /** Why the supervisor does nothing more. */
  broken: Error | undefined

  get role(): RegionState["role"] {
    const phase = this.supervised?.supervisor.state.phase
    // The supervisor hears of a database that ended a moment later.
    if (this.broken !== undefined || this.#server !== "running") return "unknown"
    if (phase?.at === "following") return "standby"
    return phase?.at === "leading" && phase.door === "open" ? "primary" : "unknown"
  }

  /** Why it does not serve, where that does not pass by another try. */
  get closed(): Error | undefined {
    const { broken, supervised } = this
    return broken ?? (supervised && reasonClosed(supervised.spec.region, supervised.supervisor.state))
  }

  /** As `closed`, where only a person can mend it: a lost database is made anew once another region has its place. */
  get closedForGood(): Error | undefined {
    const phase = this.broken ? undefined : this.supervised?.supervisor.state.phase
    return phase !== undefined && looksAgain(phase) ? undefined : this.closed
  }

  async state(): Promise<RegionState> {
    const { database } = this
    const progress = this.#server === "running" && database ? await progressSoon(database) : undefined
    const led = await database?.led().catch(() => null)
    const { role, supervised } = this
    const register = supervised?.supervisor.state.register ?? null
    return {
      role,
      register,
      primarySince: role === "primary" && led?.epoch === register?.epoch ? (led?.since ?? null) : null,
      incarnation: database?.incarnation ?? null,
      database: this.#server,
      streaming: this.#server === "running" && (progress?.streaming ?? false),
      lostTurns: supervised?.reports.latest ?? null,
      unread: supervised?.reports.unread ?? null,
      witnessAnswers: supervised?.supervisor.reachesWitness ?? null,
    }
  }

  get isYielding(): boolean {
    const phase = this.supervised?.supervisor.state.phase.at
    return phase === "yielding" || phase === "yielded"
  }

  /** Of what a watcher goes by; cheap, and never waits for the database. */
  get pulse(): Omit<RegionPulse, "replicas" | "ended" | "leaving"> {
    return {
      serves: this.role === "primary",
      database: this.#server,
      primary: this.supervised?.watches.pulses.sight ?? null,
      progress: this.supervised?.watches.progress.present ?? null,
    }
  }

  get #server(): RegionState["database"] {
    const status = this.database?.process?.state
    if (status === undefined) return "stopped"
    return status.ready ? "running" : "starting"
  }
}
