/** Paths on a replica's port. */
export const path = {
  /** 200 while the process can answer at all. */
  live: "/livez",
  /** 200 when a primary database is connected and the replica is not draining; else 503 with the reasons. Not forwarded. */
  ready: "/readyz",
  /** Prometheus text. Not forwarded by the gateway. */
  metrics: "/metrics",
  /** Exchange of a one-time token for a browser session's key: `POST { token }` → `{ key, expires_at }`. */
  chatSession: "/chat/session",
  /** The chat page. */
  chatPage: "/",
} as const
