import { describe, expect, test } from "vitest"
import { judgeOwner, type OwnerSight, type Suspicion } from "./judge-owner.ts"

type Look = readonly [at: number, seen: Omit<OwnerSight, "at">]

const here = (heartbeat: string) => ({ locked: true, sameServer: true, heartbeat })
const gone = { locked: false, sameServer: true, heartbeat: "12:00:00" }
const frozen = here("12:00:00")
const unseen = { locked: false, sameServer: false, heartbeat: null }

/** Looks as they are taken, one every 150 ms. */
const looks = (seen: (at: number) => Omit<OwnerSight, "at">, until: number): Look[] =>
  Array.from({ length: Math.floor(until / 150) + 1 }, (_, index) => [index * 150, seen(index * 150)])

/** When a look first finds it dead, in milliseconds. */
function death(of: readonly Look[]): number | undefined {
  let suspicion: Suspicion | undefined
  for (const [at, seen] of of) {
    const verdict = judgeOwner(suspicion, { at, ...seen })
    suspicion = verdict.suspicion
    if (verdict.dead) return at
  }
  return undefined
}

describe("a replica", () => {
  test.each<[string, readonly Look[], number | undefined]>([
    ["that beats every second lives", looks(at => here(`12:00:${Math.floor(at / 1_000)}`), 60_000), undefined],
    [
      "that beats lives, though the clock jumps an hour ahead and then two back",
      looks(at => here(`${12 + [0, 1, -1][Math.floor(at / 20_000)]!}:00:${Math.floor(at / 1_000)}`), 59_000),
      undefined,
    ],
    ["whose heartbeat stopped is dead after five seconds", looks(() => frozen, 9_000), 5_100],
    [
      "whose heartbeat stopped is dead after five seconds, though it beat in what the clock says is the future",
      looks(() => here("23:59:59"), 9_000),
      5_100,
    ],
    [
      "is not judged by a stall of the database, in which nobody could beat",
      [
        [0, frozen],
        [150, frozen],
        [9_000, frozen],
        [9_150, here("12:00:09")],
      ],
      undefined,
    ],
    ["whose session is gone is dead at the second look", looks(() => gone, 900), 150],
    [
      "is not judged by two looks in quick succession",
      [
        [0, gone],
        [50, gone],
        [120, gone],
      ],
      120,
    ],
    [
      "whose session ends while somebody looks is dead at the second look without it",
      [
        [0, frozen],
        [150, frozen],
        [300, gone],
        [450, gone],
      ],
      450,
    ],
    [
      "that came back between two looks lives",
      [
        [0, gone],
        [150, frozen],
        [300, gone],
      ],
      undefined,
    ],
    [
      "that registered anew, and whose lock is about to follow, lives",
      [
        [0, gone],
        [150, { ...gone, heartbeat: "12:00:01" }],
      ],
      undefined,
    ],
    ["that has not come back after a failover yet is given time", looks(() => unseen, 9_000), 2_100],
    [
      "seen in two ways is judged by the more patient one",
      [
        [0, { ...gone, sameServer: false }],
        [150, gone],
        [1_000, gone],
      ],
      undefined,
    ],
  ])("%s", (_, seen, expected) => {
    expect(death(seen)).toBe(expected)
  })
})
