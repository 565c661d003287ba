import type { Logger } from "pino"
import type { Chat, ReplicaSettings } from "../contract/index.ts"
import type { ConversationStore } from "../conversation/conversation-store.ts"
import type { IdempotencyKeys } from "../conversation/idempotency-keys.ts"
import type { ItemStore } from "../conversation/item-store.ts"
import type { TurnOrigin } from "../conversation/turn-origin.ts"
import type { TurnStore } from "../conversation/turn-store.ts"
import type { ApiKeys } from "../keys/api-keys.ts"
import type { ChatSessions } from "../keys/chat-sessions.ts"
import type { Model } from "../model/index.ts"
import type { Metrics } from "../telemetry/metrics.ts"
import type { ActiveWork } from "./active-work.ts"
import type { Peers } from "./peers/peers.ts"
import type { Readiness } from "./readiness.ts"
import type { LiveResponses } from "./responses/live-responses.ts"

/** Everything the server works with, built once by the process. */
export interface Services {
  readonly app: string
  readonly chat: Chat
  readonly origin: TurnOrigin
  readonly limits: Pick<ReplicaSettings, "bodyLimit" | "heartbeat" | "resumeGrace">
  readonly apiKeys: ApiKeys
  readonly chatSessions: ChatSessions
  readonly conversations: ConversationStore
  readonly idempotencyKeys: IdempotencyKeys
  readonly items: ItemStore
  readonly liveResponses: LiveResponses
  readonly log: Logger
  readonly metrics: Metrics
  readonly model: Model
  /** Files of the chat page by path; none: no page is served. */
  readonly pageFiles?: PageFiles
  readonly peers: Peers
  readonly readiness: Readiness
  readonly turns: TurnStore
  readonly work: ActiveWork
}

export type PageFiles = ReadonlyMap<string, PageFile>

export interface PageFile {
  readonly contentType: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}
