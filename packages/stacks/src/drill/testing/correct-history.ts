import fc from "fast-check"
import type { CommitPosition, DrillEvent } from "../drill-event.ts"

/**
 * Records of drills in which the protocol was kept, from a small model: one store, whose primary changes at known
 * moments, and users who ask, fail, ask again and give up in every way.
 */
export const correctHistory: fc.Arbitrary<DrillEvent[]> = fc
  .record({
    conversations: fc.array(
      fc.record({ at: fc.nat(3_000), turns: fc.array(turnScript(), { minLength: 1, maxLength: 5 }) }),
      { minLength: 1, maxLength: 6 },
    ),
    promotions: fc.uniqueArray(fc.integer({ min: 500, max: 9_000 }), { maxLength: 3 }),
  })
  .map(({ conversations, promotions }) =>
    playOut(
      conversations,
      promotions.toSorted((a, b) => a - b),
    ),
  )

interface TurnScript {
  readonly think: number
  readonly streamed: boolean
  readonly failures: readonly { readonly how: Failure; readonly after: number; readonly wait: number }[]
  /** Part of the time between first sending and acknowledgement after which the turn is committed. */
  readonly commit: number
  readonly latency: number
  /** How it ends: acknowledged, or given up after all failures with the turn stored or not. */
  readonly end: "acknowledged" | "stored" | "nothing"
}

type Failure = "refused" | "reset" | "status" | "broken" | "told"

function turnScript(): fc.Arbitrary<TurnScript> {
  return fc.record({
    think: fc.nat(500),
    streamed: fc.boolean(),
    failures: fc.array(
      fc.record({
        how: fc.constantFrom("refused", "reset", "status", "broken", "told"),
        after: fc.integer({ min: 1, max: 300 }),
        wait: fc.integer({ min: 1, max: 300 }),
      }),
      { maxLength: 3 },
    ),
    commit: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    latency: fc.integer({ min: 2, max: 400 }),
    end: fc.oneof(
      { weight: 8, arbitrary: fc.constant("acknowledged" as const) },
      { weight: 1, arbitrary: fc.constantFrom("stored" as const, "nothing" as const) },
    ),
  })
}

interface Script {
  readonly at: number
  readonly turns: readonly TurnScript[]
}

function playOut(conversations: readonly Script[], promotions: readonly number[]): DrillEvent[] {
  const events: DrillEvent[] = promotions.flatMap((at, index) => promotion(at, index + 2))
  events.push({ event: "register", at: 0, register: register(1) })
  let request = 0
  for (const [index, { at: begin, turns }] of conversations.entries()) {
    const conversation = index + 1
    const stored: { request: number; message: string }[] = []
    let at = begin
    for (const [turn, script] of turns.entries()) {
      request += 1
      const due = at + script.think
      const sentAt = due + 0.25
      at = attempts(events, { request, conversation, turn: turn + 1, streamed: script.streamed, due, sentAt }, script)
      if (script.end !== "nothing") stored.push({ request, message: `msg_${request}` })
      if (script.end !== "acknowledged") break
      const committed = sentAt + (at - sentAt) * script.commit
      const attempt = script.failures.length
      const position = positionAt(committed, promotions)
      const ids = { response: `resp_${request}`, message: `msg_${request}` }
      events.push({ event: "acknowledged", at, request, attempt, ...ids, region: "east", position })
    }
    events.push({ event: "read-back", at: 100_000 + conversation, conversation, turns: stored })
  }
  return events.sort((a, b) => a.at - b.at)
}

interface Sending {
  readonly request: number
  readonly conversation: number
  readonly turn: number
  readonly streamed: boolean
  readonly due: number
  readonly sentAt: number
}

/** Adds all attempts, and returns when the last one is over. */
function attempts(events: DrillEvent[], sending: Sending, { failures, latency, end }: TurnScript): number {
  const { request, conversation, turn, streamed, due, sentAt } = sending
  const sent = (at: number, attempt: number): DrillEvent => ({
    event: "sent",
    at,
    due: attempt === 0 ? due : at,
    request,
    attempt,
    conversation,
    turn,
    streamed,
  })
  let at = sentAt
  for (const [attempt, { how, after, wait }] of failures.entries()) {
    events.push(sent(at, attempt))
    at += after
    if (how === "broken" || how === "told") events.push({ event: "first-byte", at: at - 0.5, request, attempt })
    events.push({ event: "failed", at, request, attempt, how, again: true })
    at += wait
  }
  const attempt = failures.length
  events.push(sent(at, attempt))
  at += latency
  if (end === "acknowledged") events.push({ event: "first-byte", at: at - 1, request, attempt })
  else events.push({ event: "failed", at, request, attempt, how: "timeout", again: false })
  return at
}

const positionAt = (at: number, promotions: readonly number[]): CommitPosition => {
  const epoch = 1 + promotions.filter(promotion => promotion <= at).length
  return { epoch, timeline: epoch, lsn: lsn(at) }
}

const lsn = (at: number): string =>
  `0/${Math.floor(at * 16)
    .toString(16)
    .toUpperCase()}`

const promotion = (at: number, epoch: number): DrillEvent[] => [
  { event: "register", at: at - 1, register: register(epoch) },
  { event: "noticed", at, by: "west", what: "promoted", epoch, detail: `timeline ${epoch} begins at ${lsn(at)}` },
]

const register = (epoch: number) => ({
  epoch,
  primary: epoch % 2 === 1 ? "east" : "west",
  incarnation: `inc-${epoch}`,
  inSync: null,
  durability: "zero-loss" as const,
  onLoss: "degrade" as const,
  lease: 2_000,
  claim: "in-sync" as const,
  version: epoch * 2,
  nonce: `nonce-${epoch}`,
})
