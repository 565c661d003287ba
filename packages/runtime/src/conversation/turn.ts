import type { Usage } from "../model/index.ts"
import type { MessageItem } from "./item.ts"

/** One user message with its answer: a *response* in OpenAI's words. */
export interface Turn extends TurnRequest {
  readonly status: "completed" | "incomplete"
  readonly incompleteReason: "max_output_tokens" | "content_filter" | undefined
  readonly output: readonly MessageItem[]
  readonly usage: Usage | undefined
  /** Name of the upstream that answered. */
  readonly upstream: string | undefined
  /** Unix seconds. */
  readonly completedAt: number
}

/** What is known of a turn before it is answered. */
export interface TurnRequest {
  /** `resp_…` */
  readonly id: string
  readonly tenant: string
  readonly endUser: string | undefined
  /** Unix seconds. */
  readonly createdAt: number
  readonly model: string
  readonly instructions: string | undefined
  readonly input: readonly MessageItem[]
  readonly previousTurn: string | undefined
  readonly conversation: string | undefined
  readonly parameters: TurnParameters
  readonly metadata: Readonly<Record<string, string>>
  /** Whether it is kept. */
  readonly store: boolean
}

/** As the client gave them. */
export interface TurnParameters {
  readonly temperature?: number
  readonly top_p?: number
  readonly max_output_tokens?: number
  readonly safety_identifier?: string
  readonly user?: string
}
