import type { ChildProcess } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { leadsSession } from "./spawn-logged.ts"

/** Nice value of a session's whole group. At 10 it weighs a ninth of a usual one. */
const niceOf = { little: 10, full: 0 } as const

/** Milliseconds: the kernel lets ordinary users change such a group every 100, all of them together. */
const again = 110
const tries = 50

/**
 * How much of busy processors a child gets that leads a session of its own: Linux shares them out by session
 * (sched(7), "The autogroup feature"). What was lowered an ordinary user may raise again so, unlike a process's own nice
 * value. Where sessions have no such groups nothing changes.
 */
export async function giveShare(child: ChildProcess, share: keyof typeof niceOf): Promise<void> {
  if (!leadsSession) return
  for (let left = tries; left > 0 && runs(child); left--) {
    try {
      return await writeFile(`/proc/${child.pid}/autogroup`, String(niceOf[share]))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return
      await delay(again)
    }
  }
}

const runs = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null
