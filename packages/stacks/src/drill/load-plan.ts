import { seededDraw } from "./draw.ts"
import { toThousandth } from "./drill-time.ts"
import type { Load } from "./scenario.ts"

export interface PlannedTurn {
  /** Milliseconds from the former turn's answer to this message; 0 for a conversation's first. */
  readonly think: number
  readonly streamed: boolean
}

export interface PlannedConversation {
  /** From 1, in the order of arrival. */
  readonly conversation: number
  /** When its first turn is due, in milliseconds from the load's begin. */
  readonly at: number
  readonly turns: readonly PlannedTurn[]
}

/** What users do, whatever becomes of it. */
export interface LoadPlan {
  readonly load: Load
  readonly seed: number
  /** Milliseconds after which no turn begins any more. */
  readonly duration: number
  /** In the order in which their first turns are due. The same each time that it is asked for. */
  conversations(): IteratorObject<PlannedConversation>
}

/** Load for so many seconds; without them it has no end of its own. */
export const planLoad = (load: Load, seed: number, seconds = Number.POSITIVE_INFINITY): LoadPlan => ({
  load,
  seed,
  duration: seconds * 1_000,
  conversations: () => drawConversations(load, seed, seconds * 1_000),
})

/**
 * Conversations begin as a Poisson process, and have a geometric number of turns with exponential think times between.
 *
 * The load is steady from the first second, as if it had begun long ago: at time 0, conversations are under way whose
 * users think. What is left of them is drawn as for new ones, for neither distribution remembers: their next turns are
 * due at the rate `(turns - 1) * e^(-t / think time)` for each new conversation. Both together are drawn by thinning a
 * process that comes at the rate of all turns.
 */
function* drawConversations(load: Load, seed: number, duration: number): Generator<PlannedConversation> {
  const draw = seededDraw(seed)
  const { turnsPerConversation: turns, streamed } = load
  const thinkTime = load.thinkTime * 1_000
  const betweenTurns = 1_000 / load.turnsPerSecond
  let conversation = 0
  for (let at = draw.exponential(betweenTurns); at < duration; at += draw.exponential(betweenTurns)) {
    const underWay = thinkTime === 0 ? 0 : (turns - 1) * Math.exp(-at / thinkTime)
    if (draw.uniform() * turns >= 1 + underWay) continue
    conversation += 1
    yield {
      conversation,
      at: toThousandth(at),
      turns: Array.from({ length: draw.geometric(turns) }, (_, turn) => ({
        think: turn === 0 ? 0 : toThousandth(draw.exponential(thinkTime)),
        streamed: draw.uniform() < streamed,
      })),
    }
  }
}
