/** In milliseconds: how often a primary looks what was committed. */
export const lookEvery = 500
const most = 4_096

interface Commits {
  /** When they were seen first. */
  at: number
  /** No WAL of theirs lies beyond it; in bytes. */
  position: bigint
}

/**
 * When a primary committed what, so that the age of what a standby lacks can be told from the position that it has
 * replayed. Neither can be asked of PostgreSQL without keeping the time of every commit on disk.
 */
export class CommitHistory {
  #commits: Commits[] = []
  #snapshot: string | undefined
  #lookedAt = 0

  /** `snapshot`: what is committed, as PostgreSQL writes it. WAL without a commit, as of an idle primary, is passed over. */
  note(at: number, snapshot: string, position: bigint): void {
    if (snapshot !== this.#snapshot) {
      // Nobody looked for longer: then it may be as old as that.
      const seen = this.#snapshot === undefined ? at : Math.min(at, this.#lookedAt + lookEvery)
      this.#commits.push({ at: seen, position })
      if (this.#commits.length > most) this.#commits = thinned(this.#commits)
    }
    this.#snapshot = snapshot
    this.#lookedAt = at
  }

  /** When the first commit beyond the position was seen; undefined where there is none. */
  firstBeyond(position: bigint): number | undefined {
    return this.#commits.find(commits => commits.position > position)?.at
  }

  /** Whether commits beyond the position may be older than what is known here. */
  beginsBeyond(position: bigint): boolean {
    const [first] = this.#commits
    return first === undefined || first.position > position
  }
}

/** Every two become one, as old as the older. Half as exact, and as long as before. */
const thinned = (commits: readonly Commits[]): Commits[] =>
  commits.flatMap((each, index) => {
    const next = commits[index + 1]
    return index % 2 === 1 ? [] : [{ at: each.at, position: next?.position ?? each.position }]
  })
