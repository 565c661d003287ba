import type { LedgerRecord } from "../ledger-record.ts"

export function record(changes: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    schema: 1,
    id: "op-1",
    kind: "deploy",
    environment: "local",
    app: "support-bot",
    startedAt: "2026-03-01T10:00:00.000Z",
    finishedAt: "2026-03-01T10:00:05.000Z",
    outcome: "succeeded",
    release: "rel_0123456789ab",
    actor: "ada",
    commit: null,
    dirty: false,
    steps: [{ name: "plan", startedAt: "2026-03-01T10:00:00.000Z", durationMs: 12, outcome: "succeeded" }],
    summary: "4 stacks created",
    result: { created: 4, note: "Grüße, 世界" },
    ...changes,
  }
}
