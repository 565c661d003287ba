import type { Chat, CommitPosition } from "../contract/index.ts"
import type { FinishReason, Model, ModelEvent, Usage } from "../model/index.ts"
import type { ConversationStore } from "./conversation-store.ts"
import type { IdempotencyKeys, KeyClaim } from "./idempotency-keys.ts"
import { newId } from "./ids.ts"
import { type MessageItem, outputText } from "./item.ts"
import { modelRequest } from "./model-request.ts"
import { KeyReused, type KeyUse } from "./once-per-key.ts"
import type { Turn, TurnRequest } from "./turn.ts"
import type { TurnStore } from "./turn-store.ts"

export interface AnswerServices {
  readonly chat: Chat
  readonly conversations: ConversationStore
  readonly idempotencyKeys: IdempotencyKeys
  readonly model: Model
  readonly turns: TurnStore
}

/** Why a turn cannot be answered or kept. `claim_lost`: a repeat of the request was taken over by another replica. */
export class TurnRefused extends Error {
  override readonly name = "TurnRefused"
  readonly reason: "previous_turn_gone" | "conversation_gone" | "turn_deleted" | "claim_lost"

  constructor(reason: TurnRefused["reason"]) {
    super(`The turn was refused: ${reason}`)
    this.reason = reason
  }
}

export type Answer =
  /** A repeat: the turn was made, and is durable. */
  { readonly kind: "repeat"; readonly turn: Turn } | { readonly kind: "live"; readonly answer: LiveAnswer }

export interface LiveAnswer {
  readonly request: TurnRequest
  /** Id of the one message that is the answer. */
  readonly messageId: string
  /**
   * Pieces of text in batches of what arrived together; an empty batch says that an upstream began to answer.
   * To be read once, to the end. Throws `UpstreamError` and the signal's reason.
   */
  read(): AsyncIterable<readonly string[]>
  /** All that was read so far. */
  readonly text: string
  /** After everything was read. Returns once the turn is durable, if it is kept at all. Throws `TurnRefused` and the signal's reason. */
  finish(): Promise<FinishedTurn>
  /** Whether a repeat with the same idempotency key waits for this answer, as far as can be known. */
  awaited(): Promise<boolean>
  /** Nothing of it is kept, and a repeat may begin anew. Without effect once the turn is saved. */
  abandon(): void
}

export interface FinishedTurn {
  readonly turn: Turn
  /** Undefined when it is not kept. */
  readonly position: CommitPosition | undefined
}

/** Finds out whether the turn was made already, and what the model has to know. Throws `TurnRefused` and `KeyReused`. */
export async function answerTurn(
  services: AnswerServices,
  request: TurnRequest,
  use: KeyUse | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  // What is not kept cannot be repeated either.
  if (use === undefined || !request.store)
    return { kind: "live", answer: await begin(services, request, undefined, signal) }
  const outcome = await services.idempotencyKeys.claim(use.tenant, use.key, use.bodyHash, signal)
  if (outcome.state === "other_body") throw new KeyReused("The Idempotency-Key was used with another request.")
  if (outcome.state === "claimed") {
    return { kind: "live", answer: await begin(services, request, outcome.claim, signal) }
  }
  const turn = await services.turns.find(use.tenant, outcome.resultId)
  if (turn === undefined) throw new TurnRefused("turn_deleted")
  return { kind: "repeat", turn }
}

async function begin(
  services: AnswerServices,
  request: TurnRequest,
  claim: KeyClaim | undefined,
  signal: AbortSignal,
): Promise<LiveAnswer> {
  try {
    const history = await readHistory(services, request)
    signal.throwIfAborted()
    const events = services.model.stream(modelRequest(services.chat, request, history), signal)
    return new ModelAnswer(services, request, claim, events, signal)
  } catch (error) {
    if (claim !== undefined) services.idempotencyKeys.giveBack(claim)
    throw error
  }
}

/** As a rule no commit is made for it: the claim of the idempotency key, just confirmed, lets it be read. */
async function readHistory(services: AnswerServices, request: TurnRequest): Promise<readonly MessageItem[]> {
  const { tenant, conversation, previousTurn } = request
  if (conversation !== undefined) {
    const history = await services.conversations.history(tenant, conversation)
    if (history === undefined) throw new TurnRefused("conversation_gone")
    return history
  }
  if (previousTurn === undefined) return []
  const history = await services.turns.historyUpTo(tenant, previousTurn)
  if (history === undefined) throw new TurnRefused("previous_turn_gone")
  return history
}

class ModelAnswer implements LiveAnswer {
  readonly request: TurnRequest
  readonly messageId = newId("msg")
  readonly #services: AnswerServices
  readonly #events: AsyncIterable<readonly ModelEvent[]>
  readonly #signal: AbortSignal
  #claim: KeyClaim | undefined
  #text = ""
  #upstream: string | undefined
  #end: { readonly reason: FinishReason; readonly usage: Usage | undefined } | undefined

  constructor(
    services: AnswerServices,
    request: TurnRequest,
    claim: KeyClaim | undefined,
    events: AsyncIterable<readonly ModelEvent[]>,
    signal: AbortSignal,
  ) {
    this.#services = services
    this.request = request
    this.#claim = claim
    this.#events = events
    this.#signal = signal
  }

  read(): AsyncIterable<readonly string[]> {
    // Not a generator: with one event a batch, its extra turns would be felt.
    const events = this.#events[Symbol.asyncIterator]()
    const take = ({ done, value }: IteratorResult<readonly ModelEvent[]>): IteratorResult<readonly string[]> =>
      done === true ? { done, value: undefined } : { done: false, value: this.#take(value) }
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => events.next().then(take),
        return: async () => {
          await events.return?.()
          return { done: true, value: undefined }
        },
      }),
    }
  }

  #take(batch: readonly ModelEvent[]): string[] {
    const pieces: string[] = []
    for (const event of batch) {
      if (event.type === "delta") {
        pieces.push(event.text)
        this.#text += event.text
      } else if (event.type === "started") this.#upstream = event.upstream
      else this.#end = event
    }
    return pieces
  }

  get text(): string {
    return this.#text
  }

  async finish(): Promise<FinishedTurn> {
    this.#signal.throwIfAborted()
    const turn = this.#turn()
    if (!turn.store) return { turn, position: undefined }
    const claim = this.#claim
    const saved = await this.#services.turns.save(turn, claim)
    if (saved.outcome !== "saved") throw new TurnRefused(saved.outcome)
    this.#claim = undefined
    if (saved.awaited && claim !== undefined) this.#services.idempotencyKeys.announce(claim)
    return { turn, position: saved.position }
  }

  async awaited(): Promise<boolean> {
    const claim = this.#claim
    // Who cannot ask assumes it: a repeat in vain costs more than the rest of an answer.
    return claim !== undefined && (await this.#services.idempotencyKeys.isAwaited(claim).catch(() => true))
  }

  abandon(): void {
    if (this.#claim !== undefined) this.#services.idempotencyKeys.giveBack(this.#claim)
    this.#claim = undefined
  }

  #turn(): Turn {
    if (this.#end === undefined) throw new Error("The answer was not read to its end.")
    const { reason, usage } = this.#end
    const status = reason === "stop" ? "completed" : "incomplete"
    const message: MessageItem = {
      id: this.messageId,
      type: "message",
      status,
      role: "assistant",
      content: [outputText(this.#text)],
    }
    return {
      ...this.request,
      status,
      incompleteReason: reason === "stop" ? undefined : reason === "length" ? "max_output_tokens" : "content_filter",
      output: [message],
      usage,
      upstream: this.#upstream,
      completedAt: Math.floor(Date.now() / 1_000),
    }
  }
}
