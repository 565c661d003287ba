import type { Migration } from "./migration.ts"

// Unlogged: it is nobody's but this primary's own, and is empty after every start and promotion, until a supervisor fills
// it. A change of it waits for no other region.
export const lease: Migration = {
  version: 4,
  name: "lease",
  sql: `
CREATE UNLOGGED TABLE chatops.lease (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  grantor text NOT NULL,
  renewal bigint NOT NULL,
  alone boolean NOT NULL,
  length integer NOT NULL
);
`,
}
