import type { WatcherAction } from "@chatops/stacks"

/** A watcher's failover to `to`, where nobody was in sync. */
export const sampleAction = (at: string, to: "east" | "west"): WatcherAction => ({
  event: "acted",
  at,
  since: at,
  from: to === "west" ? "east" : "west",
  to,
  epoch: 2,
  milliseconds: 200,
  drilled: false,
  claim: "async",
  mayBeLost: { turns: null, seconds: 1.5 },
  reason: "its database ended",
})
