import type { RegionSupervisor, SupervisorParts } from "./region-supervisor.ts"

export interface OwnStreamWatchParts extends Pick<SupervisorParts, "tasks"> {
  readonly supervisor: Pick<RegionSupervisor, "state" | "tellWhile">
  /** In milliseconds. */
  readonly every: number
}

/** A standby that does not stream for long may be one that never will. */
export class OwnStreamWatch {
  readonly #parts: OwnStreamWatchParts
  #askedAt = performance.now()

  constructor(parts: OwnStreamWatchParts) {
    this.#parts = parts
  }

  async look(): Promise<void> {
    const { supervisor, tasks, every } = this.#parts
    const { register, phase } = supervisor.state
    if (register === null || phase.at !== "following") return
    if (performance.now() - this.#askedAt < every) return
    this.#askedAt = performance.now()
    const { primary } = register
    const isFollowing = () =>
      supervisor.state.phase.at === "following" && supervisor.state.register?.primary === primary
    if (await tasks.divergence(primary)) await supervisor.tellWhile(isFollowing, { event: "unusable" })
  }
}
