import type { MessageItem } from "./item.ts"
import type { Turn, TurnParameters } from "./turn.ts"

/** A row of `chatops.turns`, as far as clients see it. */
export interface TurnRow {
  readonly id: string
  readonly tenant: string
  readonly end_user: string | null
  readonly conversation_id: string | null
  readonly previous_turn_id: string | null
  readonly model: string
  readonly upstream: string | null
  readonly status: Turn["status"]
  readonly incomplete_reason: Turn["incompleteReason"] | null
  readonly parameters: TurnParameters
  readonly instructions: string | null
  readonly input: readonly MessageItem[]
  readonly output: readonly MessageItem[]
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly cached_tokens: number | null
  readonly reasoning_tokens: number | null
  readonly metadata: Readonly<Record<string, string>>
  readonly created_at: Date
  readonly completed_at: Date
}

export function turnFromRow(row: TurnRow): Turn {
  return {
    id: row.id,
    tenant: row.tenant,
    endUser: row.end_user ?? undefined,
    conversation: row.conversation_id ?? undefined,
    previousTurn: row.previous_turn_id ?? undefined,
    model: row.model,
    upstream: row.upstream ?? undefined,
    status: row.status,
    incompleteReason: row.incomplete_reason ?? undefined,
    parameters: row.parameters,
    instructions: row.instructions ?? undefined,
    input: row.input,
    output: row.output,
    usage: usageFromRow(row),
    metadata: row.metadata,
    createdAt: Math.floor(row.created_at.getTime() / 1_000),
    completedAt: Math.floor(row.completed_at.getTime() / 1_000),
    store: true,
  }
}

function usageFromRow(row: TurnRow): Turn["usage"] {
  if (row.input_tokens === null || row.output_tokens === null) return undefined
  return {
    input_tokens: row.input_tokens,
    output_tokens: row.output_tokens,
    total_tokens: row.input_tokens + row.output_tokens,
    ...(row.cached_tokens !== null && { cached_tokens: row.cached_tokens }),
    ...(row.reasoning_tokens !== null && { reasoning_tokens: row.reasoning_tokens }),
  }
}
