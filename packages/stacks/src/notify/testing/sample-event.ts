import type { NotifyEvent } from "../notify-event.ts"

/** A failover to epoch `epoch`, at a time of its own. */
export const sampleEvent = (epoch: number): NotifyEvent => ({
  type: "failover.finished",
  timestamp: new Date(Date.UTC(2026, 0, 1) + epoch * 1_000).toISOString(),
  data: {
    app: "bot",
    environment: "local",
    from: "east",
    to: "west",
    epoch,
    by: "watcher",
    planned: false,
    milliseconds: 300,
    claim: "in-sync",
    mayBeLost: null,
  },
})
