import type { Migration } from "./migration.ts"

// Unlogged: it is nobody's but this primary's own, and is empty after every crash and promotion, until a supervisor fills it.
// A change of the sequence is no commit: it makes no log, and nobody is behind for want of it.
export const lease: Migration = {
  version: 4,
  name: "lease",
  sql: `
CREATE UNLOGGED TABLE chatops.lease (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  grantor text NOT NULL,
  alone boolean NOT NULL,
  length integer NOT NULL
);
CREATE UNLOGGED SEQUENCE chatops.lease_renewals;
`,
}
