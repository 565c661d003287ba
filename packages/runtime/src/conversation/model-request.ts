import type { Chat } from "../contract/index.ts"
import type { ChatMessage, ModelRequest } from "../model/index.ts"
import { type MessageItem, textOf } from "./item.ts"
import type { TurnRequest } from "./turn.ts"

/**
 * What the model is asked: instructions, then the past, then the new input. The app's prompt is used when neither the
 * request's instructions nor its input bring a system message of their own.
 */
export function modelRequest(chat: Chat, request: TurnRequest, history: readonly MessageItem[]): ModelRequest {
  const messages = [...history, ...request.input].map(toMessage)
  const ownSystem = request.input.some(item => item.role === "system" || item.role === "developer")
  const instructions = request.instructions ?? (ownSystem ? undefined : chat.prompt)
  if (instructions !== undefined) messages.unshift({ role: "system", content: instructions })
  const temperature = request.parameters.temperature ?? chat.parameters.temperature
  const topP = request.parameters.top_p ?? chat.parameters.top_p
  const limit = request.parameters.max_output_tokens ?? chat.parameters.max_output_tokens
  return {
    model: chat.model,
    messages,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(limit !== undefined && { max_output_tokens: limit }),
    ...(request.endUser !== undefined && { user: request.endUser }),
  }
}

const toMessage = (item: MessageItem): ChatMessage => ({ role: item.role, content: textOf(item) })
