import type { DrillEvent, Scenario } from "@chatops/stacks/drill"

/** Kills the primary's region under load, and lets it come back. */
export const sampleScenario: Scenario = {
  name: "lose-primary-region",
  summary: "The primary's region dies at once, under load, and comes back after half a minute.",
  seed: 20260301,
  load: { turnsPerSecond: 40, turnsPerConversation: 6, thinkTime: 2, streamed: 0.7, answerTokens: 120 },
  warmUp: 15,
  faults: [{ fault: { kind: "kill-region", region: "east" }, after: 0, healAfter: 30 }],
  coolDown: 30,
}

/** What the target noticed after the fault, in milliseconds from it. */
const noticed = { suspected: 620, asked: 640, claimed: 870, promoted: 1_310, opened: 1_540, acknowledged: 1_735 }

/**
 * Raw events as such a drill leaves them: a warm-up, an outage in which attempts come to nothing and are asked for again,
 * answers of the other region, and redundancy that comes back. Grows with `turnsPerSecond`; the same for the same seed.
 */
export function sampleEvents(
  { turnsPerSecond, turnsPerConversation }: Scenario["load"] = sampleScenario.load,
): DrillEvent[] {
  const random = seeded(sampleScenario.seed)
  const [faultAt, healAt, end] = [15_000, 45_000, 75_000]
  const back = faultAt + noticed.acknowledged
  const fault = { kind: "kill-region", region: "east" } as const
  const events: DrillEvent[] = []
  const register = {
    epoch: 1,
    primary: "east",
    incarnation: "e1",
    inSync: { region: "west", incarnation: "w1" },
    durability: "zero-loss",
    onLoss: "degrade",
    lease: null,
    version: 4,
    nonce: "n1",
  } as const
  const turns = new Map<number, { request: number; message: string }[]>()
  const attemptOnce = (request: number, attempt: number, sentAt: number, firstDue: number): void => {
    const conversation = Math.ceil(request / turnsPerConversation)
    const streamed = random() < 0.7
    const turn = ((request - 1) % turnsPerConversation) + 1
    events.push({
      event: "sent",
      at: round(sentAt),
      due: round(sentAt - random() * 2),
      request,
      attempt,
      conversation,
      turn,
      streamed,
    })
    const took = 90 + 160 * random() + 500 * random() ** 8
    const dead = sentAt < back && sentAt + took > faultAt
    if (!dead) {
      const doneAt = sentAt + took
      const region = sentAt < faultAt ? "east" : "west"
      const message = `msg_${request}`
      events.push({ event: "first-byte", at: round(sentAt + took * 0.4), request, attempt })
      const position = {
        epoch: region === "east" ? 1 : 2,
        timeline: region === "east" ? 1 : 2,
        lsn: `0/${(0x16b3748 + request * 96).toString(16).toUpperCase()}`,
      }
      events.push({
        event: "acknowledged",
        at: round(doneAt),
        request,
        attempt,
        response: `resp_${request}`,
        message,
        region,
        position,
      })
      turns.set(conversation, [...(turns.get(conversation) ?? []), { request, message }])
      return
    }
    const brokeAt = Math.max(sentAt + 15 + 60 * random(), Math.min(faultAt, sentAt + took))
    const how = sentAt < faultAt ? (streamed ? "broken" : "reset") : random() < 0.8 ? "status" : "refused"
    const code = how === "status" ? { status: 503, code: "no_primary" } : how === "broken" ? { lastEvent: 4 } : {}
    events.push({ event: "failed", at: round(brokeAt), request, attempt, how, again: true, ...code })
    attemptOnce(request, attempt + 1, brokeAt + 150 * 2 ** Math.min(attempt, 2) * (0.8 + 0.4 * random()), firstDue)
  }
  let request = 0
  for (let at = 0; at < end; at += (-Math.log(1 - random()) * 1_000) / turnsPerSecond) attemptOnce(++request, 0, at, at)
  events.push(
    { event: "register", at: 0, register },
    { event: "noticed", at: 0, by: "east", what: "opened", epoch: 1 },
    { event: "fault-made", at: faultAt, fault },
    { event: "noticed", at: faultAt + 12, by: "east", what: "closed", epoch: 1 },
    {
      event: "noticed",
      at: faultAt + noticed.suspected,
      by: "watcher",
      what: "suspected",
      detail: "east: no answer for 600 ms",
    },
    { event: "noticed", at: faultAt + noticed.asked, by: "watcher", what: "asked", detail: "west" },
    { event: "noticed", at: faultAt + noticed.claimed, by: "west", what: "claimed", epoch: 2 },
    {
      event: "register",
      at: faultAt + noticed.claimed + 5,
      register: { ...register, epoch: 2, primary: "west", incarnation: "w1", inSync: null, version: 5, nonce: "n2" },
    },
    { event: "noticed", at: faultAt + noticed.promoted, by: "west", what: "promoted", epoch: 2 },
    { event: "noticed", at: faultAt + noticed.opened, by: "west", what: "opened", epoch: 2 },
    { event: "noticed", at: faultAt + noticed.opened, by: "west", what: "alone", epoch: 2 },
    { event: "fault-healed", at: healAt, fault },
    { event: "noticed", at: healAt + 7_250, by: "west", what: "in-sync", epoch: 2, detail: "east" },
  )
  for (const [conversation, held] of turns)
    events.push({
      event: "read-back",
      at: end + 2_000,
      conversation,
      turns: held.toSorted((a, b) => a.request - b.request),
    })
  return events.sort((a, b) => a.at - b.at)
}

export const linesOf = (events: readonly DrillEvent[]): Buffer =>
  Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(""))

const round = (milliseconds: number): number => Math.round(milliseconds * 1_000) / 1_000

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
