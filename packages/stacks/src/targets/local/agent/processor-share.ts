import type { ChildProcess } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { leadsSession } from "./own-session.ts"

/** Nice value of a session's whole group. At 10 it weighs a ninth of a usual one. */
const niceOf = { little: 10, full: 0 } as const

/** Milliseconds. */
const again = { atLeast: 100, more: 100 }

/**
 * How much of busy processors a child gets that leads a session of its own: Linux shares them out by session
 * (sched(7), "The autogroup feature"). What was lowered an ordinary user may raise again so, unlike a process's own nice
 * value. The kernel takes such a change from ordinary users every 100 ms, from all of them together: it is asked again, as
 * long as it is wanted. Whether it was given; where sessions have no such groups it never is.
 */
export async function giveShare(
  child: ChildProcess,
  share: keyof typeof niceOf,
  isWanted: () => boolean = () => true,
): Promise<boolean> {
  while (leadsSession && runs(child) && isWanted()) {
    try {
      await writeFile(`/proc/${child.pid}/autogroup`, String(niceOf[share]))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return false
      await delay(again.atLeast + Math.random() * again.more)
    }
  }
  return false
}

const runs = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null
