import type { DrillHistory, EventOf, RequestHistory } from "./drill-history.ts"

/** What a conversation holds otherwise than its user was told. */
export interface ReadBackFinding {
  readonly rule: "lost" | "doubled" | "order" | "altered" | "foreign" | "unread" | "unknown"
  readonly at: number
  /** Absent where no request can be named. */
  readonly request?: RequestHistory
  readonly detail: string
}

/**
 * Compares what was read back with what was acknowledged.
 *
 * - `lost`: acknowledged before it was read back, and not there
 * - `doubled`: there more than once
 * - `order`: after a turn of its conversation that was acknowledged later
 * - `altered`: with another answer than the acknowledged one
 * - `foreign`: nobody sent it, or not in this conversation
 * - `unread`: acknowledged, and its conversation was not read back afterwards; nothing is proven about it
 * - `unknown`: there, and never acknowledged, which is allowed
 */
export function readBackFindings(history: DrillHistory): ReadBackFinding[] {
  const findings = [...unread(history)]
  const acknowledged = Map.groupBy(
    history.requests.values().filter(request => request.acknowledged !== undefined),
    request => request.conversation,
  )
  for (const readBack of history.readBacks.values()) {
    const requests = acknowledged.get(readBack.conversation) ?? []
    findings.push(...compare(history, readBack, requests))
  }
  return findings
}

function* compare(
  history: DrillHistory,
  readBack: EventOf<"read-back">,
  acknowledged: readonly RequestHistory[],
): Generator<ReadBackFinding> {
  const { at, conversation } = readBack
  const place = `in conversation ${conversation}`
  const found = Map.groupBy(readBack.turns, turn => turn.request)
  if (readBack.foreign) yield { rule: "foreign", at, detail: `${readBack.foreign} items ${place} that no user sent` }
  for (const request of acknowledged) {
    if ((request.acknowledged?.at ?? at) < at && !found.has(request.request))
      yield { rule: "lost", at, request, detail: `request ${request.request} is not ${place}` }
  }
  let newest: RequestHistory | undefined
  for (const [number, turns] of found) {
    const request = history.requests.get(number)
    if (request?.conversation !== conversation) {
      yield { rule: "foreign", at, detail: `request ${number} is ${place}, where nobody sent it` }
      continue
    }
    const name = `request ${number} ${place}`
    if (turns.length > 1) yield { rule: "doubled", at, request, detail: `${name} is there ${turns.length} times` }
    const { acknowledged: told } = request
    if (told === undefined) {
      yield { rule: "unknown", at, request, detail: `${name} was never acknowledged` }
      continue
    }
    if (!turns.some(({ message }) => message === told.message)) {
      const there = turns.map(({ message }) => message ?? "nothing").join(", ")
      yield { rule: "altered", at, request, detail: `${name} was answered with ${told.message}; there is ${there}` }
    }
    if (newest?.acknowledged && newest.acknowledged.at > told.at)
      yield { rule: "order", at, request, detail: `${name} stands after request ${newest.request}` }
    else newest = request
  }
}

function* unread({ requests, readBacks }: DrillHistory): Generator<ReadBackFinding> {
  const noted = new Set<number>()
  for (const { conversation, acknowledged } of requests.values()) {
    const readAt = readBacks.get(conversation)?.at ?? Number.NEGATIVE_INFINITY
    if (acknowledged === undefined || acknowledged.at <= readAt || noted.has(conversation)) continue
    noted.add(conversation)
    const detail = `conversation ${conversation} was not read back after its acknowledged turns`
    yield { rule: "unread", at: acknowledged.at, detail }
  }
}
