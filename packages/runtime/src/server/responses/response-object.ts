import type { MessageItem } from "../../conversation/item.ts"
import type { Turn, TurnRequest } from "../../conversation/turn.ts"
import type { Usage } from "../../model/index.ts"

/** A finished turn as OpenAI's Responses API shows it. */
export function responseObject(turn: Turn): Readonly<Record<string, unknown>> {
  return {
    ...responseFrame(turn),
    status: turn.status,
    completed_at: turn.status === "completed" ? turn.completedAt : null,
    incomplete_details: turn.incompleteReason === undefined ? null : { reason: turn.incompleteReason },
    output: turn.output,
    usage: turn.usage === undefined ? null : responseUsage(turn.usage),
  }
}

/** The same while it is being answered. */
export const responseInProgress = (request: TurnRequest): Readonly<Record<string, unknown>> => responseFrame(request)

/** The same when it broke off. */
export function responseFailed(request: TurnRequest, code: string, message: string): Readonly<Record<string, unknown>> {
  return { ...responseFrame(request), status: "failed", error: { code, message } }
}

/** The same when its client did not want it any more. */
export const responseCancelled = (request: TurnRequest): Readonly<Record<string, unknown>> => ({
  ...responseFrame(request),
  status: "cancelled",
})

function responseFrame(request: TurnRequest) {
  const { parameters } = request
  return {
    id: request.id,
    object: "response",
    created_at: request.createdAt,
    status: "in_progress",
    background: false,
    completed_at: null as number | null,
    conversation: request.conversation === undefined ? null : { id: request.conversation },
    error: null as { code: string; message: string } | null,
    incomplete_details: null as { reason: string } | null,
    instructions: request.instructions ?? null,
    max_output_tokens: parameters.max_output_tokens ?? null,
    metadata: request.metadata,
    model: request.model,
    output: [] as readonly MessageItem[],
    parallel_tool_calls: true,
    previous_response_id: request.previousTurn ?? null,
    safety_identifier: parameters.safety_identifier ?? null,
    store: request.store,
    temperature: parameters.temperature ?? null,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: parameters.top_p ?? null,
    truncation: "disabled",
    usage: null as ReturnType<typeof responseUsage> | null,
    ...(parameters.user !== undefined && { user: parameters.user }),
  }
}

function responseUsage(usage: Usage) {
  return {
    input_tokens: usage.input_tokens,
    input_tokens_details: { cached_tokens: usage.cached_tokens ?? 0 },
    output_tokens: usage.output_tokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning_tokens ?? 0 },
    total_tokens: usage.total_tokens,
  }
}
