import type { DrillEvent } from "@chatops/stacks/drill"

type Failed = Extract<DrillEvent, { event: "failed" }>

/** A turn that is acknowledged at this moment, and asked for just before. Its request is numbered by it. */
export function answeredAt(at: number): DrillEvent[] {
  const one = { request: at, attempt: 0 }
  const asked = { at: at - 1, due: at - 1, conversation: 1, turn: 1, streamed: false }
  const answer = { response: `resp_${at}`, message: `msg_${at}`, region: "east" }
  return [
    { event: "sent", ...one, ...asked },
    { event: "acknowledged", at, ...one, ...answer },
  ]
}

/** Such turns, one every so many milliseconds. */
export const answeredFrom = (from: number, to: number, every: number): DrillEvent[] =>
  Array.from({ length: Math.ceil((to - from) / every) }, (_, index) => answeredAt(from + index * every)).flat()

/** An attempt that comes to nothing at this moment, and is made again. */
export const failedAt = (at: number, how: Failed["how"] = "reset"): Failed => ({
  ...{ event: "failed", at, request: at, attempt: 0, how, again: true },
})

export const readBack = (...requests: number[]): DrillEvent => ({
  event: "read-back",
  at: 1e6,
  conversation: 1,
  turns: requests.map(request => ({ request, message: `msg_${request}` })),
})

export const inOrder = (...events: (DrillEvent | DrillEvent[])[]): DrillEvent[] =>
  events.flat().sort((one, other) => one.at - other.at)
