import type { Migration } from "./migration.ts"

// How many turns came after a time is asked whenever somebody looks how far a standby is behind. Nothing is released
// yet: no table of turns is large.
export const completedTurns: Migration = {
  version: 3,
  name: "completed-turns",
  sql: `
CREATE INDEX turns_completed_at ON chatops.turns (completed_at);
`,
}
