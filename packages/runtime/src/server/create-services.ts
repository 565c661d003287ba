import type { Logger } from "pino"
import type { ReplicaSettings } from "../contract/index.ts"
import { createConversationStore } from "../conversation/conversation-store.ts"
import { createIdempotencyKeys } from "../conversation/idempotency-keys.ts"
import { createItemStore } from "../conversation/item-store.ts"
import { createPresence } from "../conversation/presence.ts"
import { startPurging } from "../conversation/purge.ts"
import { createTurnStore } from "../conversation/turn-store.ts"
import { createPrimaryDatabase, type PrimaryDatabase } from "../database/index.ts"
import { createApiKeys } from "../keys/api-keys.ts"
import { createChatSessions } from "../keys/chat-sessions.ts"
import { createModel } from "../model/index.ts"
import { createMetrics } from "../telemetry/metrics.ts"
import { ActiveWork } from "./active-work.ts"
import { createPeers } from "./peers/peers.ts"
import { createReadiness } from "./readiness.ts"
import { LiveResponses } from "./responses/live-responses.ts"
import type { PageFiles, Services } from "./services.ts"

export interface Edge {
  readonly password: string
  readonly log: Logger
  readonly pageFiles?: PageFiles
}

export interface Built {
  readonly services: Services
  readonly database: PrimaryDatabase
  close(): Promise<void>
}

/** Builds a replica's services from its settings, once, at the edge. */
export function createServices(settings: ReplicaSettings, { password, log, pageFiles }: Edge): Built {
  const { app, chat, region, replica, release, arm } = settings
  const origin = { region, replica, release, arm }
  const database = createPrimaryDatabase({
    hosts: settings.database.hosts,
    login: {
      database: settings.database.name,
      user: settings.database.user,
      password,
      application: `chatops ${region}/${replica}`,
    },
    connections: settings.database.connections,
    maxStaleness: settings.database.maxStaleness,
  })
  const readiness = createReadiness({
    databaseReason: () => (database.primary === undefined ? `database: ${database.reasons.join("; ")}` : undefined),
    onDatabaseChange: listener => database.onChange(listener),
  })
  const metrics = createMetrics({ ready: () => readiness.ready, epoch: () => database.highestEpoch })
  const presence = createPresence(database, origin, { onError: error => log.debug({ err: error }, "presence lost") })
  const liveResponses = new LiveResponses()
  const stopPurging = startPurging(database, error => log.warn({ err: error }, "purge failed"))
  const model = createModel(chat, {
    onUpstreamResult: metrics.upstreamRequest,
    onSettingsRefused(upstream, refusal) {
      if (refusal === undefined) log.info({ upstream }, "upstream answers again")
      else log.warn({ upstream, status: refusal.status, reason: refusal.message }, "upstream misconfigured")
    },
  })
  const services: Services = {
    app,
    chat,
    origin,
    limits: settings,
    apiKeys: createApiKeys(database, { lookUps: Math.max(1, Math.floor(settings.database.connections / 4)) }),
    chatSessions: createChatSessions(database),
    conversations: createConversationStore(database),
    idempotencyKeys: createIdempotencyKeys(database, presence),
    items: createItemStore(database),
    liveResponses,
    log,
    metrics,
    model,
    peers: createPeers(settings),
    readiness,
    turns: createTurnStore(database, origin),
    work: new ActiveWork(),
    ...(pageFiles && { pageFiles }),
  }
  return {
    services,
    database,
    async close() {
      liveResponses.close()
      stopPurging()
      presence.close()
      database.close()
      await model.close()
    },
  }
}
