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

const [faultAt, healAt, end] = [15_000, 45_000, 75_000]
/** What the target noticed after the fault, in milliseconds from it. */
const noticed = { suspected: 620, asked: 640, claimed: 870, promoted: 1_310, opened: 1_540, acknowledged: 1_735 }

/**
 * Raw events as such a drill leaves them: a warm-up, an outage in which attempts come to nothing and are asked for again,
 * answers of the other region, and redundancy that comes back. No promise is broken. The same for the same load.
 */
export function sampleEvents(load: Scenario["load"] = sampleScenario.load): DrillEvent[] {
  const asked = requestEvents(load)
  return [...asked, ...targetEvents(), ...readBack(asked)].sort((a, b) => a.at - b.at)
}

function requestEvents({ turnsPerSecond, turnsPerConversation, streamed: share }: Scenario["load"]): DrillEvent[] {
  const random = seeded(sampleScenario.seed)
  // So many at once that each user has the last answer before the next turn.
  const conversations = Math.ceil(turnsPerSecond * 6)
  const events: DrillEvent[] = []
  let request = 0
  for (let due = 0; due < end; due += (-Math.log(1 - random()) * 1_000) / turnsPerSecond) {
    const round = Math.floor(request / conversations)
    const place = {
      conversation: (request % conversations) + 1 + Math.floor(round / turnsPerConversation) * conversations,
      turn: (round % turnsPerConversation) + 1,
      streamed: random() < share,
    }
    request += 1
    events.push(...attempts(request, due, place, random))
  }
  return events
}

type Place = { readonly conversation: number; readonly turn: number; readonly streamed: boolean }

/** Until one is answered: users do not give up. */
function attempts(request: number, due: number, place: Place, random: () => number): DrillEvent[] {
  const events: DrillEvent[] = []
  let at = due + random() * 2
  for (let attempt = 0; ; attempt++) {
    const one = { request, attempt }
    events.push({ event: "sent", at: tidy(at), due: tidy(attempt === 0 ? due : at), ...one, ...place })
    const took = 90 + 160 * random() + 500 * random() ** 8
    const before = at < faultAt
    if (at >= faultAt + noticed.acknowledged || at + took < faultAt) {
      const epoch = before ? 1 : 2
      const lsn = `0/${(0x16b3748 + Math.floor((at + took) * 96)).toString(16).toUpperCase()}`
      const region = before ? "east" : "west"
      events.push({ event: "first-byte", at: tidy(at + took * 0.4), ...one })
      events.push({
        ...{ event: "acknowledged", at: tidy(at + took), ...one, region },
        ...{ response: `resp_${request}`, message: `msg_${request}`, position: { epoch, timeline: epoch, lsn } },
      })
      return events
    }
    const brokeAt = before ? faultAt + random() * 20 : at + 15 + 60 * random()
    const failed = { event: "failed", at: tidy(brokeAt), ...one, again: true } as const
    if (before && place.streamed)
      events.push({ event: "first-byte", at: tidy(Math.min(at + took * 0.4, brokeAt)), ...one })
    if (before) events.push(place.streamed ? { ...failed, how: "broken", lastEvent: 4 } : { ...failed, how: "reset" })
    else if (random() < 0.8) events.push({ ...failed, how: "status", status: 503, code: "no_primary" })
    else events.push({ ...failed, how: "refused" })
    at = brokeAt + 150 * 2 ** Math.min(attempt, 2) * (0.8 + 0.4 * random())
  }
}

function targetEvents(): DrillEvent[] {
  const fault = { kind: "kill-region", region: "east" } as const
  const inSync = { region: "west", incarnation: "w1" }
  const promise = { durability: "zero-loss", onLoss: "degrade", lease: 2_000, claim: "in-sync" } as const
  const first = { epoch: 1, primary: "east", incarnation: "e1", inSync, ...promise, version: 4, nonce: "n1" }
  const second = { ...first, epoch: 2, primary: "west", incarnation: "w1", inSync: null, version: 5, nonce: "n2" }
  const after = (what: keyof typeof noticed) => faultAt + noticed[what]
  return [
    { event: "register", at: 0, register: first },
    { event: "noticed", at: 0, by: "east", what: "opened", epoch: 1 },
    { event: "fault-made", at: faultAt, fault },
    { event: "noticed", at: after("suspected"), by: "watcher", what: "suspected", detail: "east does not answer" },
    { event: "noticed", at: after("asked"), by: "watcher", what: "asked", detail: "west" },
    { event: "noticed", at: after("claimed"), by: "west", what: "claimed", epoch: 2 },
    { event: "register", at: after("claimed") + 5, register: second },
    { event: "noticed", at: after("promoted"), by: "west", what: "promoted", epoch: 2 },
    { event: "noticed", at: after("opened"), by: "west", what: "opened", epoch: 2 },
    { event: "noticed", at: after("opened"), by: "west", what: "alone", epoch: 2 },
    { event: "fault-healed", at: healAt, fault },
    { event: "noticed", at: healAt + 7_250, by: "west", what: "in-sync", epoch: 2, detail: "east" },
  ]
}

function readBack(asked: readonly DrillEvent[]): DrillEvent[] {
  const sent = asked.filter(event => event.event === "sent").filter(({ attempt }) => attempt === 0)
  const conversations = Map.groupBy(sent, ({ conversation }) => conversation)
  return [...conversations].map(([conversation, turns]) => ({
    ...{ event: "read-back", at: end + 2_000, conversation },
    turns: turns.map(event => ({ request: event.request, message: `msg_${event.request}` })),
  }))
}

export const linesOf = (events: readonly DrillEvent[]): Buffer =>
  Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(""))

const tidy = (milliseconds: number): number => Math.round(milliseconds * 1_000) / 1_000

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
