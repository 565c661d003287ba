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
const inSyncAt = healAt + 7_250
/** What the target noticed after the fault, in milliseconds from it. */
const noticed = { suspected: 620, asked: 640, claimed: 870, promoted: 1_310, opened: 1_540, acknowledged: 1_735 }

/**
 * Raw events as such a drill leaves them: a warm-up, an outage in which attempts come to nothing and are asked for again,
 * answers of the other region, and redundancy that comes back. No promise is broken. The same for the same load. What
 * regions and the watcher noticed in the drill stands last, as in every record; nothing tells of what was before.
 */
export function sampleEvents(load: Scenario["load"] = sampleScenario.load): DrillEvent[] {
  const asked = requestEvents(load)
  return [...[...asked, ...seenEvents(), ...readBack(asked)].sort((a, b) => a.at - b.at), ...noticedEvents()]
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

const after = (what: keyof typeof noticed) => faultAt + noticed[what]

/** What whoever drills does, and sees of the environment. */
function seenEvents(): DrillEvent[] {
  const fault = { kind: "kill-region", region: "east" } as const
  const inSync = { region: "west", incarnation: "w1" }
  const promise = { durability: "zero-loss", onLoss: "degrade", lease: 2_000, claim: "in-sync" } as const
  const first = { epoch: 1, primary: "east", incarnation: "e1", inSync, ...promise, version: 4, nonce: "n1" }
  const second = { ...first, epoch: 2, primary: "west", incarnation: "w1", inSync: null, version: 5, nonce: "n2" }
  const third = { ...second, inSync: { region: "east", incarnation: "e1" }, version: 6, nonce: "n3" }
  const alone = "no region is in sync with west"
  return [
    { event: "register", at: 21.677, register: first },
    { event: "whole", at: 34.2, missing: [] },
    { event: "fault-made", at: faultAt, fault },
    { event: "register", at: after("claimed") + 12.5, register: second },
    { event: "whole", at: faultAt + 1_015, missing: ["east: not running", alone] },
    { event: "fault-healed", at: healAt, fault },
    { event: "whole", at: healAt + 2_020, missing: ["east: starting", alone] },
    { event: "register", at: inSyncAt + 2.25, register: third },
    { event: "whole", at: healAt + 8_030, missing: [] },
  ]
}

/** As their own clocks have it, in whole milliseconds, and by the drill's in thousandths. */
function noticedEvents(): DrillEvent[] {
  const promoted = { by: "west", what: "promoted", epoch: 2, detail: "timeline 2 begins at 0/1813100" } as const
  return [
    { event: "noticed", at: after("claimed"), by: "west", what: "claimed", epoch: 2 },
    { event: "noticed", at: after("promoted"), ...promoted },
    { event: "noticed", at: after("opened"), by: "west", what: "opened", epoch: 2 },
    { event: "noticed", at: inSyncAt, by: "west", what: "in-sync", epoch: 2, detail: "east" },
    { event: "noticed", at: after("suspected"), by: "watcher", what: "suspected", detail: "east does not answer" },
    { event: "noticed", at: after("asked"), by: "watcher", what: "asked", epoch: 2 },
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
