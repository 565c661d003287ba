import OpenAI from "openai"

export interface AskedTurn {
  readonly model: string
  readonly input: string
  readonly max_output_tokens: number
  readonly conversation: string
}

export type TurnEnd =
  /** Acknowledged. `interrupted`: only to a repeat with the same key, for the stream broke off, and said so. */
  | { readonly kind: "acknowledged"; readonly id: string; readonly interrupted: boolean }
  /** No answer had begun. */
  | { readonly kind: "failed"; readonly reason: string }
  /** The answer had begun, and ended neither properly nor with an event that asks for a repeat. */
  | { readonly kind: "broken"; readonly reason: string }

/** As often as the chat page at least. */
const mostRepeats = 5

/** Asks as the chat page does: a stream that breaks off with a retryable event is asked for again, with its key. */
export async function askTurn(client: OpenAI, asked: AskedTurn, streamed: boolean): Promise<TurnEnd> {
  try {
    if (streamed) return await askStream(client, asked)
    return { kind: "acknowledged", id: (await client.responses.create(asked)).id, interrupted: false }
  } catch (error) {
    return { kind: "failed", reason: reasonOf(error) }
  }
}

async function askStream(client: OpenAI, asked: AskedTurn): Promise<TurnEnd> {
  let key: string | undefined
  for (let asks = 0; ; asks++) {
    const headers = key === undefined ? {} : { "idempotency-key": key }
    const answer = await client.responses.create({ ...asked, stream: true }, { headers }).withResponse()
    key = answer.response.headers.get("idempotency-key") ?? key
    try {
      const id = await finalId(answer.data)
      if (id === undefined) return { kind: "broken", reason: "the stream ended without a final event" }
      return { kind: "acknowledged", id, interrupted: asks > 0 }
    } catch (error) {
      if (!isRetryable(error) || asks === mostRepeats) return { kind: "broken", reason: reasonOf(error) }
    }
  }
}

async function finalId(events: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>): Promise<string | undefined> {
  for await (const event of events) {
    if (event.type === "response.completed" || event.type === "response.incomplete") return event.response.id
  }
  return undefined
}

/** What the event says that ended the stream. */
const isRetryable = (error: unknown): boolean =>
  error instanceof OpenAI.APIError && (error.error as { retryable?: unknown } | undefined)?.retryable === true

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
