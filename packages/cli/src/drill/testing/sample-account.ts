import { figuresOf } from "@chatops/stacks/drill"
import type { DrillAccount } from "../evidence/index.ts"
import { linesOf, sampleEvents, sampleScenario } from "./sample-drill.ts"

/** A drill that is over, as an operation would tell it. */
export function sampleAccount(changes: Partial<DrillAccount> = {}): DrillAccount {
  const events = changes.events ?? sampleEvents()
  return {
    id: "op-20260301-100000000-aaaaaa",
    app: "support-bot",
    environment: "prod",
    target: "local",
    releases: ["rel_0123456789ab"],
    beganAt: "2026-03-01T10:00:00.000Z",
    endedAt: "2026-03-01T10:01:17.000Z",
    scenario: sampleScenario,
    actor: "ada@laptop",
    objectives: { rtoMs: 5_000, rpo: 0 },
    figures: figuresOf(events),
    events,
    lines: linesOf(events),
    ...changes,
  }
}
