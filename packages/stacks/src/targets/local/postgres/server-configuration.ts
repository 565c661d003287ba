import type { DatabaseSpec } from "../agent/spec.ts"

/** What makes a server a standby: where it streams from, and as whom. */
export interface Upstream {
  readonly host: string
  readonly port: number
  /** Names this data directory to the primary; holds its incarnation. */
  readonly applicationName: string
  readonly slot: string
  readonly passFile: string
}

/** Whether runtimes may log in (rule 5): only on a primary that has been admitted. */
type Admission = "closed" | "open"

/** Content of `postgresql.conf`, whole: nothing of an earlier life or of initdb's defaults is left standing. */
export function serverConfiguration(
  database: DatabaseSpec,
  socketDirectory: string,
  { upstream, recovers = upstream !== undefined }: { upstream?: Upstream | undefined; recovers?: boolean } = {},
): string {
  const settings: Record<string, string | number> = {
    port: database.port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: "0700",
    max_connections: database.maxConnections,
    shared_buffers: "64MB",
    password_encryption: "scram-sha-256",
    wal_level: "replica",
    hot_standby: "on",
    max_wal_senders: 12,
    max_replication_slots: 12,
    // WAL kept for an absent standby cannot fill the disk; a standby that fell further behind is copied anew.
    max_slot_wal_keep_size: "1GB",
    // What a former primary lacks when it comes back soon: nobody kept a slot for it.
    wal_keep_size: "128MB",
    // A server that was killed replays what was written since its last checkpoint: of a minute or two, and not of ten.
    checkpoint_timeout: "1min",
    synchronous_commit: "on",
    wal_retrieve_retry_interval: "100ms",
    wal_receiver_status_interval: "1s",
    wal_receiver_timeout: "10s",
    wal_sender_timeout: "10s",
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 3,
    log_destination: "stderr",
    log_line_prefix: "%m [%p] ",
    log_timezone: "UTC",
    timezone: "UTC",
    lc_messages: "C",
    recovery_target_timeline: "latest",
  }
  // Who recovers with fewer connections than its primary ever had does not start, and regions are changed at once. One
  // that died between its claim and its promotion recovers, too, from nobody.
  if (recovers) settings["max_connections"] = Math.max(1_000, 2 * database.maxConnections)
  if (upstream) {
    settings["primary_conninfo"] = connectionInfo(upstream)
    settings["primary_slot_name"] = upstream.slot
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${quoteSetting(String(value))}`)
  return `# Written by the region's supervisor; changes are lost.\n${lines.join("\n")}\n`
}

/**
 * Content of `pg_hba.conf`. The superuser and the owner log in through the socket only, replication and runtimes over
 * TCP. A database that is not admitted refuses runtimes by name, which tells them to look elsewhere.
 */
export function accessRules(databaseName: string, runtimes: Admission): string {
  const runtimeMethod = runtimes === "open" ? "scram-sha-256" : "reject"
  return [
    "local all superuser scram-sha-256",
    `local ${databaseName} owner scram-sha-256`,
    `host ${databaseName} runtime 127.0.0.1/32 ${runtimeMethod}`,
    "host replication replicator 127.0.0.1/32 scram-sha-256",
    "",
  ].join("\n")
}

function connectionInfo({ host, port, applicationName, passFile }: Upstream): string {
  return [
    `host=${host}`,
    `port=${port}`,
    "user=replicator",
    `application_name=${applicationName}`,
    `passfile=${passFile}`,
    "connect_timeout=3",
    "sslmode=disable",
  ].join(" ")
}

export const quoteSetting = (value: string): string => `'${value.replaceAll("'", "''")}'`
