import type { Supervisor } from "../../../failover/protocol/supervisor.ts"
import { CommitClock } from "../postgres/commit-clock.ts"
import type { RegionDatabase } from "../postgres/region-database.ts"
import { PulseKeeper } from "./pulse-keeper.ts"
import { StandbyProgress } from "./standby-progress.ts"
import type { RegionState } from "./state.ts"

/** What a region keeps an eye on, over connections of its own, by what it is. */
export class RegionWatches {
  readonly pulses: PulseKeeper
  readonly commits: CommitClock
  readonly progress: StandbyProgress
  #ended = false

  /** `onSight`: what is seen of the primary has changed. */
  constructor(database: RegionDatabase, onSight: () => void) {
    this.pulses = new PulseKeeper(primary => database.following.pulseOf(primary), onSight)
    this.commits = new CommitClock(database)
    this.progress = new StandbyProgress(database)
  }

  follow(state: Supervisor, role: RegionState["role"]): void {
    if (this.#ended) return
    this.pulses.watch(watchedBy(state))
    this.commits.watch(role === "primary")
    this.progress.watch(role === "standby")
  }

  /** For good: that the server ends afterwards begins nothing anew. */
  end(): void {
    this.#ended = true
    this.pulses.watch(undefined)
    this.commits.watch(false)
    this.progress.watch(false)
  }
}

/** Whose database a region watches: its primary's or, where it is the primary, its own. */
function watchedBy({ self, phase }: Supervisor): string | undefined {
  if (phase.at === "following" || phase.at === "claiming") return phase.primary
  return phase.at === "leading" && phase.door === "open" ? self : undefined
}
