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

/**
 * Path on the gateway's control socket where a drill cuts a region off: `POST`, for as long as the request's body goes
 * on. The answer's head comes when it is cut, its end when it has healed.
 */
export const cutRegionPath = (region: string): string => `/faults/cut-region/${encodeURIComponent(region)}`
