import { type Login, query } from "./database.ts"
import { type PatroniNode, text } from "./settings.ts"

/** What Patroni's `/cluster` says, as far as it is read. */
interface ClusterStatus {
  readonly members: readonly { readonly name: string; readonly role: string; readonly state: string }[]
}

/**
 * The leader, when all is well by what etcd holds: only a standby that is noted there as synchronous may take over.
 * Any Patroni can tell.
 */
export async function leaderOf(nodes: readonly PatroniNode[]): Promise<PatroniNode | undefined> {
  for (const { api } of nodes) {
    const status = await statusFrom(`http://${text(api)}/cluster`)
    if (!status) continue
    // A standby that streams says so from Patroni 3.1 on.
    const wellAs = (role: string) =>
      status.members.find(member => member.role === role && ["running", "streaming"].includes(member.state))
    if (!wellAs("sync_standby")) return undefined
    const leader = wellAs("leader")
    return nodes.find(({ name }) => name === leader?.name)
  }
  return undefined
}

/** What is noted in etcd may be old; the leader's database knows who follows it. */
export async function isWhole(leader: Login): Promise<boolean> {
  try {
    const following = "select 1 from pg_stat_replication where state = 'streaming' and sync_state = 'sync'"
    return (await query(leader, `${following} and not pg_is_in_recovery()`)).length === 1
  } catch {
    return false
  }
}

async function statusFrom(url: string): Promise<ClusterStatus | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return (await response.json()) as ClusterStatus
  } catch {
    return undefined
  }
}
