import { ChatopsError } from "@chatops/stacks/errors"
import type { ResponseStreamEvent } from "openai/resources/responses/responses"
import { chatError } from "./chat-error.ts"

export interface Question {
  readonly url: string
  readonly key: string
  readonly model: string
  readonly text: string
  readonly conversation?: string
  readonly instructions?: string
  /** How often a request that got no answer is sent again. Default: 2. */
  readonly retries?: number
  readonly signal: AbortSignal
  /** Called with each piece of the answer as it comes. */
  readonly onText: (text: string, from: Origin) => void
}

export interface Origin {
  readonly region: string | null
  readonly release: string | null
}

export interface Answer extends Origin {
  readonly id: string
  readonly text: string
}

/**
 * Sends one turn with the official client and streams its answer. Throws KEY_UNKNOWN, CHAT_UNREACHABLE, CHAT_REFUSED,
 * CHAT_FAILED, CHAT_CUT_SHORT, and the signal's reason when it was aborted.
 */
export async function ask(question: Question): Promise<Answer> {
  const { url, signal } = question
  let answering = false
  try {
    const { events, origin } = await send(question)
    answering = true
    return await read(events, origin, question.onText)
  } catch (error) {
    throw chatError(error, { url, signal, answering })
  }
}

async function send(question: Question): Promise<{ events: AsyncIterable<ResponseStreamEvent>; origin: Origin }> {
  // Large, and needed only here.
  const { default: OpenAI } = await import("openai")
  const client = new OpenAI({ baseURL: `${question.url}/v1`, apiKey: question.key, maxRetries: question.retries ?? 2 })
  const { data: events, response } = await client.responses
    .create(
      {
        model: question.model,
        input: question.text,
        stream: true,
        ...(question.conversation !== undefined && { conversation: question.conversation }),
        ...(question.instructions !== undefined && { instructions: question.instructions }),
      },
      { signal: question.signal },
    )
    .withResponse()
  const { headers } = response
  return { events, origin: { region: headers.get("x-chatops-region"), release: headers.get("x-chatops-release") } }
}

async function read(
  events: AsyncIterable<ResponseStreamEvent>,
  origin: Origin,
  onText: Question["onText"],
): Promise<Answer> {
  let [id, text] = ["", ""]
  for await (const event of events) {
    if (event.type === "response.output_text.delta") {
      text += event.delta
      onText(event.delta, origin)
    }
    if (event.type === "response.completed" || event.type === "response.incomplete") id = event.response.id
    if (event.type === "response.failed")
      throw new ChatopsError(
        "CHAT_FAILED",
        `the chatbot could not answer: ${event.response.error?.message ?? "it gave no reason"}`,
      )
  }
  if (!id) throw new ChatopsError("CHAT_CUT_SHORT", "the answer ended without being acknowledged")
  return { id, text, ...origin }
}
