import type { Incident, Schedule } from "./schedule.ts"

/**
 * The schedule without whatever it fails without, too: half of the incidents at a time, then fewer, one at last. What the
 * run draws meanwhile comes from streams of their own, so that mostly the rest stays as it was.
 */
export function shrinkSchedule(schedule: Schedule, fails: (schedule: Schedule) => boolean): Schedule {
  let shrunk = schedule
  for (let size = Math.ceil(schedule.incidents.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < shrunk.incidents.length; ) {
      const incidents = shrunk.incidents.filter((_, index) => index < at || index >= at + size)
      const smaller = { ...shrunk, incidents }
      if (fails(smaller)) shrunk = smaller
      else at += size
    }
  }
  return shortened(shrunk, fails)
}

/** Shorter faults say more about what they are needed for. */
function shortened(schedule: Schedule, fails: (schedule: Schedule) => boolean): Schedule {
  let shrunk = schedule
  for (const [index, incident] of schedule.incidents.entries()) {
    if (!("lasts" in incident)) continue
    for (let lasts = incident.lasts / 2; lasts > 1; lasts /= 2) {
      const incidents = shrunk.incidents.map((other, at): Incident => (at === index ? { ...incident, lasts } : other))
      const smaller = { ...shrunk, incidents }
      if (!fails(smaller)) break
      shrunk = smaller
    }
  }
  return shrunk
}
