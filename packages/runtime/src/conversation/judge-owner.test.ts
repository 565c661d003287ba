import { describe, expect, test } from "vitest"
import { judgeOwner, type OwnerSight } from "./judge-owner.ts"

const alive = { locked: true, sameServer: true, silent: false }
const gone = { locked: false, sameServer: true, silent: false }
const frozen = { locked: true, sameServer: true, silent: true }
const unseen = { locked: false, sameServer: false, silent: false }

/** The times, in milliseconds, at which the looks find it dead. */
function deaths(looks: readonly (readonly [number, Omit<OwnerSight, "at">])[]): number[] {
  let sights: readonly OwnerSight[] = []
  return looks.flatMap(([at, sight]) => {
    const verdict = judgeOwner(sights, { at, ...sight })
    sights = verdict.sights
    return verdict.dead ? [at] : []
  })
}

describe("a replica", () => {
  test.each<[string, Parameters<typeof deaths>[0], number[]]>([
    [
      "that is there lives",
      [
        [0, alive],
        [150, alive],
        [9_000, alive],
      ],
      [],
    ],
    [
      "whose session is gone is dead at the second look",
      [
        [0, gone],
        [150, gone],
      ],
      [150],
    ],
    [
      "is not judged by two looks in quick succession",
      [
        [0, gone],
        [50, gone],
        [120, gone],
      ],
      [120],
    ],
    [
      "that came back between two looks lives",
      [
        [0, gone],
        [150, alive],
        [300, gone],
      ],
      [],
    ],
    [
      "whose heartbeat stopped is dead after a second",
      [
        [0, frozen],
        [150, frozen],
        [900, frozen],
        [1_050, frozen],
      ],
      [1_050],
    ],
    [
      "that has not come back after a failover yet is given time",
      [
        [0, unseen],
        [150, unseen],
        [1_900, unseen],
        [2_050, unseen],
      ],
      [2_050],
    ],
    [
      "seen in two ways is judged by the more patient one",
      [
        [0, unseen],
        [150, gone],
        [1_000, gone],
      ],
      [],
    ],
  ])("%s", (_, looks, expected) => {
    expect(deaths(looks)).toEqual(expected)
  })
})
