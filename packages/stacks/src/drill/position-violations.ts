import { walBytes } from "../wal-position.ts"
import type { CommitPosition, DrillEvent } from "./drill-event.ts"
import type { DrillHistory } from "./drill-history.ts"
import type { Violation } from "./judge-history.ts"

/**
 * - `epoch-went-back`: a turn that was sent after another had been acknowledged was committed in an older epoch, or on
 *   an older timeline. Turns that were under way together prove nothing: what was committed first may be told last.
 * - `beyond-the-fork`: a turn was committed on a timeline after the position at which the next one left it, so that no
 *   primary since has it. Of `lost` requests that is known, and allowed.
 */
export const positionViolations = (history: DrillHistory, lost: ReadonlySet<number> = new Set()): Violation[] => [
  ...goneBack(history),
  ...beyondForks(history, lost),
]

function* goneBack({ events }: DrillHistory): Generator<Violation> {
  /** Newest position acknowledged before each request was first sent. */
  const before = new Map<number, CommitPosition | undefined>()
  let newest: CommitPosition | undefined
  for (const event of events) {
    if (event.event === "sent" && !before.has(event.request)) before.set(event.request, newest)
    if (event.event !== "acknowledged" || event.position === undefined) continue
    const { position, request, at } = event
    const former = before.get(request)
    if (former && isOlder(position, former)) {
      const detail = `request ${request} was committed at ${show(position)}, after one at ${show(former)} was acknowledged`
      yield { rule: "epoch-went-back", at, detail }
    }
    newest = newest === undefined ? position : later(newest, position)
  }
}

const isOlder = (one: CommitPosition, other: CommitPosition): boolean =>
  one.epoch < other.epoch || one.timeline < other.timeline

const later = (one: CommitPosition, other: CommitPosition): CommitPosition =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.timeline >= other.timeline) ? one : other

function* beyondForks({ events }: DrillHistory, lost: ReadonlySet<number>): Generator<Violation> {
  const forks = forksOf(events)
  if (forks.size === 0) return
  for (const event of events) {
    if (event.event !== "acknowledged" || event.position === undefined || lost.has(event.request)) continue
    const { position, request, at } = event
    const left = forks.get(position.timeline)
    if (left === undefined || walBytes(position.lsn) <= walBytes(left)) continue
    const detail = `request ${request} was committed at ${show(position)}, and that timeline was left at ${left}`
    yield { rule: "beyond-the-fork", at, detail }
  }
}

/** `timeline 2 begins at 0/5000000`, and the timeline that it leaves where that is not the one before. */
const beginning = /\btimeline (\d+) begins at ([0-9A-F]+\/[0-9A-F]+)(?: of timeline (\d+))?/i

/** Where timelines were left, as far as promotions told; at the lowest position where several left the same. */
function forksOf(events: readonly DrillEvent[]): ReadonlyMap<number, string> {
  const forks = new Map<number, string>()
  for (const event of events) {
    if (event.event !== "noticed" || event.what !== "promoted") continue
    const [, timeline, at, parent] = beginning.exec(event.detail ?? "") ?? []
    if (timeline === undefined || at === undefined) continue
    const left = Number(parent ?? Number(timeline) - 1)
    const known = forks.get(left)
    if (known === undefined || walBytes(at) < walBytes(known)) forks.set(left, at)
  }
  return forks
}

const show = ({ epoch, timeline, lsn }: CommitPosition): string => `epoch ${epoch}, timeline ${timeline}, ${lsn}`
