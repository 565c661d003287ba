import type { DrillEvent } from "./drill-event.ts"

export type EventOf<Kind extends DrillEvent["event"]> = Extract<DrillEvent, { event: Kind }>
export type Acknowledgement = EventOf<"acknowledged">

/** All that became of one request. */
export interface RequestHistory {
  readonly request: number
  readonly conversation: number
  /** When it was sent for the first time. */
  readonly sentAt: number
  /** First byte of any of its answers. */
  firstByteAt?: number
  acknowledged?: Acknowledgement
  /** Acknowledgements after the first. */
  readonly again: Acknowledgement[]
  /** When its user gave it up. */
  givenUpAt?: number
}

/** What was recorded, in order of time and by what it is about. */
export interface DrillHistory {
  readonly events: readonly DrillEvent[]
  readonly requests: ReadonlyMap<number, RequestHistory>
  /** Attempts, answers and ends of requests that nobody sent; none in a true record. */
  readonly unsent: readonly EventOf<"acknowledged" | "failed" | "first-byte">[]
  /** The last time that each conversation was read back. */
  readonly readBacks: ReadonlyMap<number, EventOf<"read-back">>
  readonly faults: readonly EventOf<"fault-made">[]
  readonly noticed: readonly EventOf<"noticed">[]
  readonly registers: readonly EventOf<"register">[]
  readonly wholes: readonly EventOf<"whole">[]
}

/** Events are taken in order of `at`, and those of the same moment as they were recorded. */
export function historyOf(recorded: readonly DrillEvent[]): DrillHistory {
  const events = inOrder(recorded) ? recorded : recorded.toSorted((a, b) => a.at - b.at)
  const requests = new Map<number, RequestHistory>()
  const unsent: EventOf<"acknowledged" | "failed" | "first-byte">[] = []
  const readBacks = new Map<number, EventOf<"read-back">>()
  const faults: EventOf<"fault-made">[] = []
  const noticed: EventOf<"noticed">[] = []
  const registers: EventOf<"register">[] = []
  const wholes: EventOf<"whole">[] = []
  for (const event of events) {
    switch (event.event) {
      case "sent":
        if (!requests.has(event.request)) requests.set(event.request, unanswered(event))
        break
      case "first-byte":
      case "acknowledged":
      case "failed": {
        const request = requests.get(event.request)
        if (request) note(request, event)
        else unsent.push(event)
        break
      }
      case "read-back":
        readBacks.set(event.conversation, event)
        break
      case "fault-made":
        faults.push(event)
        break
      case "noticed":
        noticed.push(event)
        break
      case "register":
        registers.push(event)
        break
      case "whole":
        wholes.push(event)
        break
      case "fault-healed":
      case "undated":
      case "clock-jumped":
      case "aborted":
        break
    }
  }
  return { events, requests, unsent, readBacks, faults, noticed, registers, wholes }
}

const unanswered = ({ request, conversation, at }: EventOf<"sent">): RequestHistory => ({
  request,
  conversation,
  sentAt: at,
  again: [],
})

function note(request: RequestHistory, event: EventOf<"acknowledged" | "failed" | "first-byte">): void {
  if (event.event === "first-byte") request.firstByteAt ??= event.at
  else if (event.event === "failed") {
    if (!event.again) request.givenUpAt ??= event.at
  } else if (request.acknowledged) request.again.push(event)
  else request.acknowledged = event
}

const inOrder = (events: readonly DrillEvent[]): boolean =>
  events.every((event, index) => index === 0 || (events[index - 1]?.at ?? 0) <= event.at)
