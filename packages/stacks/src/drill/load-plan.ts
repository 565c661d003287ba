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

export interface PlanOptions {
  /** Default: the load has no end of its own. */
  readonly seconds?: number
  /** Seconds that an answer takes, as far as it is known. Without it, the rate is reached an answer's time later. */
  readonly answerTime?: number
}

export function planLoad(load: Load, seed: number, options: PlanOptions = {}): LoadPlan {
  const { seconds = Number.POSITIVE_INFINITY, answerTime = 0 } = options
  const duration = seconds * 1_000
  return { load, seed, duration, conversations: () => drawConversations(load, seed, duration, answerTime * 1_000) }
}

/**
 * Conversations begin as a Poisson process, and have a geometric number of turns with exponential think times between.
 *
 * The load is steady from the first second, as if it had begun long ago: at time 0, conversations are under way whose
 * users think or are being answered. What is left of them is drawn as for new ones, for neither distribution remembers.
 * For each new conversation, `turns - 1` next turns of theirs are due while the first answers would take, and
 * `(turns - 1) * e^(-t / think time)` after that. Both kinds are drawn together, by thinning a process that comes at the
 * rate of all turns.
 */
function* drawConversations(
  load: Load,
  seed: number,
  duration: number,
  answerTime: number,
): Generator<PlannedConversation> {
  const draw = seededDraw(seed)
  const { turnsPerConversation: turns, streamed } = load
  const thinkTime = load.thinkTime * 1_000
  const betweenTurns = 1_000 / load.turnsPerSecond
  let conversation = 0
  for (let at = draw.exponential(betweenTurns); at < duration; at += draw.exponential(betweenTurns)) {
    const underWay = at <= answerTime ? turns - 1 : (turns - 1) * Math.exp((answerTime - at) / thinkTime)
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
