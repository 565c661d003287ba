import type { Endpoint } from "../contract/index.ts"

export interface DatabaseHost extends Endpoint {
  readonly region: string
}

export interface DatabaseLogin {
  readonly database: string
  readonly user: string
  readonly password: string
  /** Shown in `pg_stat_activity`. */
  readonly application: string
}

/** Milliseconds. */
export interface DatabaseTimeouts {
  /** To open a connection and see that it leads to the primary. */
  readonly connect: number
  /** One statement; enforced by the server, too. */
  readonly statement: number
  /** A commit, which may wait for another region: PostgreSQL's own timeouts do not fire there. */
  readonly commit: number
  /** How long a request waits for a primary, or for a free connection to it. */
  readonly primary: number
  /** Who waits longer, while nobody is acknowledged anything, makes it look whether there is a newer primary. */
  readonly suspicion: number
  /** Pause between two attempts to find the primary on one host. */
  readonly retry: number
}

export interface PrimaryDatabaseSettings {
  /** Every region's database, the nearest first. */
  readonly hosts: readonly DatabaseHost[]
  readonly login: DatabaseLogin
  /** Most connections at a time. */
  readonly connections: number
  /** Milliseconds for which a confirmed commit lets reads be answered; 0: each read is confirmed by a commit after it. */
  readonly maxStaleness: number
  readonly timeouts?: Partial<DatabaseTimeouts>
  /** Milliseconds; runs in suspend. */
  readonly now?: () => number
}

export const defaultTimeouts: DatabaseTimeouts = {
  connect: 1_500,
  statement: 5_000,
  commit: 20_000,
  primary: 5_000,
  suspicion: 500,
  retry: 50,
}
