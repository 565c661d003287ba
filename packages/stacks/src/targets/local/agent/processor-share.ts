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
 * value. Where sessions have no such groups nothing changes. The kernel takes such a change from ordinary users every 100
 * ms, from all of them together: less is asked for once, and more until it is given.
 */
export async function giveShare(child: ChildProcess, share: keyof typeof niceOf): Promise<void> {
  if (!leadsSession) return
  while (runs(child)) {
    try {
      return await writeFile(`/proc/${child.pid}/autogroup`, String(niceOf[share]))
    } catch (error) {
      if (share === "little" || (error as NodeJS.ErrnoException).code !== "EAGAIN") return
      await delay(again.atLeast + Math.random() * again.more)
    }
  }
}

const runs = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null
