import { join } from "node:path"

export interface Address {
  readonly host: string
  readonly port: number
}

/** One Patroni and its PostgreSQL. */
export interface PatroniNode {
  readonly name: string
  /** Directory in which Patroni works. */
  readonly home: string
  readonly data: string
  readonly api: Address
  readonly database: Address
}

export interface SharedSettings {
  readonly etcd: Address
  /** PostgreSQL's programs. */
  readonly binaries: string
  readonly password: string
}

/** Seconds between two looks of a Patroni at its cluster, when nothing wakes it: the default. */
export const loopWait = 10

/**
 * A configuration file for a node. `synchronous_mode` is switched on; what else stands in `dcs` is what Debian's template
 * says (`/etc/patroni/config.yml.in`), and what stands nowhere is Patroni's own default. YAML includes JSON.
 */
export function patroniSettings(node: PatroniNode, { etcd, binaries, password }: SharedSettings): string {
  const settings = {
    scope: "bench",
    name: node.name,
    etcd3: { host: text(etcd) },
    restapi: { listen: text(node.api), connect_address: text(node.api) },
    bootstrap: {
      dcs: {
        ttl: 30,
        loop_wait: loopWait,
        retry_timeout: 10,
        maximum_lag_on_failover: 1_048_576,
        check_timeline: true,
        synchronous_mode: true,
        postgresql: {
          use_pg_rewind: true,
          remove_data_directory_on_rewind_failure: true,
          remove_data_directory_on_diverged_timelines: true,
          use_slots: true,
        },
      },
      initdb: [{ encoding: "UTF8" }, "data-checksums"],
    },
    postgresql: {
      listen: text(node.database),
      connect_address: text(node.database),
      data_dir: node.data,
      bin_dir: binaries,
      pgpass: join(node.home, "pgpass"),
      parameters: { unix_socket_directories: node.home },
      pg_hba: ["all", "replication"].map(database => `host ${database} all 127.0.0.1/32 scram-sha-256`),
      authentication: {
        superuser: { username: "postgres", password },
        replication: { username: "replicator", password },
      },
    },
  }
  return JSON.stringify(settings, null, 2)
}

export const text = ({ host, port }: Address): string => `${host}:${port}`
