import type { RegionMoment } from "@chatops/stacks"

/**
 * What regions noticed, as far as anybody heard of it: a region that is killed has forgotten it, and may tell more of a
 * moment later on.
 */
export class HeardMoments {
  readonly #heard = new Map<string, RegionMoment>()

  hear(moments: readonly RegionMoment[]): void {
    for (const moment of moments) {
      const name = nameOfMoment(moment)
      // A later word replaces an earlier one; that it lacks something takes nothing back.
      this.#heard.set(name, { ...this.#heard.get(name), ...moment })
    }
  }

  /** In the order in which they were heard of. */
  get all(): readonly RegionMoment[] {
    return [...this.#heard.values()]
  }
}

export const nameOfMoment = ({ region, what, at, epoch }: RegionMoment): string => `${region} ${what} ${epoch} ${at}`
