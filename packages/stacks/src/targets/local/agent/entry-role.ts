import { dirname } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { Register } from "@chatops/runtime/contract"
import { Client } from "undici"
import type { WatcherStatus } from "../../../environment-state.ts"
import { surelyOver, usualLease } from "../../../failover/lease.ts"
import { hasFaults } from "../faults/fault-records.ts"
import { WitnessClient } from "../witness/witness-client.ts"
import { AgentClient } from "./agent-client.ts"
import { CutWays } from "./cut-ways.ts"
import { GatewayView } from "./gateway-view.ts"
import { nodeProcess, runtimeProgram } from "./node-process.ts"
import { Notifications } from "./notifications.ts"
import type { Role, RoleContext } from "./role.ts"
import { SimpleRole } from "./simple-role.ts"
import type { AgentSpec, EntrySpec } from "./spec.ts"
import { WatchedRegion } from "./watched-region.ts"
import { Watcher } from "./watcher.ts"
import { WatcherJournal, watcherJournalFile } from "./watcher-journal.ts"

/** To promote, and before that to let the former primary's lease run out; in milliseconds. */
const claimPatience = 30_000 + surelyOver(usualLease)

/** Keeps the gateway, gives it new settings without a restart, watches the primary where that is wanted, and tells others. */
export function entryRole(context: RoleContext): Role {
  const plan = ({ gateway }: EntrySpec) =>
    nodeProcess(context.directory, "gateway", runtimeProgram("gateway"), gateway, gateway.drain + 1_000)
  const gateway = new SimpleRole<EntrySpec>(context, plan, async (spec, previous) => {
    if (!isDeepStrictEqual(spec.gateway.listen, previous.gateway.listen)) return false
    plan(spec)
    await putSettings(spec)
    return true
  })
  const journal = new WatcherJournal(watcherJournalFile(context.directory))
  const ways = new CutWays()
  const watch = new Watch(context, journal, ways)
  const notifications = new Notifications(context, journal, ways)
  return {
    admin: {},
    cut: region => ways.cut(region),
    apply: spec => {
      gateway.apply(spec)
      watch.apply(spec)
      notifications.apply((spec as EntrySpec).notify)
    },
    state: async () => ({ ...(await gateway.state()), watcher: watch.status, notify: notifications.status }),
    stop: async () => {
      notifications.stop()
      watch.stop()
      await gateway.stop()
    },
  }
}

/** The watcher of the present specification. */
class Watch {
  readonly #context: RoleContext
  readonly #journal: WatcherJournal
  readonly #ways: CutWays
  #spec: EntrySpec["watch"] = null
  #regions: ReadonlyMap<string, WatchedRegion> = new Map()
  #watcher: Watcher | undefined
  #gateway: GatewayView | undefined

  constructor(context: RoleContext, journal: WatcherJournal, ways: CutWays) {
    this.#context = context
    this.#journal = journal
    this.#ways = ways
  }

  apply(spec: AgentSpec): void {
    const { watch: next, gateway } = spec as EntrySpec
    if (isDeepStrictEqual(next, this.#spec)) return
    this.stop()
    this.#spec = next
    if (next !== null) this.#begin(next, gateway.control)
  }

  get status(): WatcherStatus | null {
    return this.#watcher?.state ?? null
  }

  stop(): void {
    this.#watcher?.stop()
    this.#watcher = undefined
    this.#gateway?.stop()
    for (const region of this.#regions.values()) region.stop()
  }

  #begin({ regions, witness }: NonNullable<EntrySpec["watch"]>, gatewaySocket: string): void {
    const gateway = new GatewayView(gatewaySocket)
    this.#gateway = gateway
    const sockets = new Map(regions.map(({ region, socket }) => [region, socket]))
    const watched = ([region, socket]: [string, string]) =>
      [region, new WatchedRegion(socket, signal => this.#ways.passes(region, signal))] as const
    this.#regions = new Map([...sockets].map(watched))
    this.#watcher = new Watcher({
      regions: this.#regions,
      witness: new WitnessClient(witness.url, witness.tokenFile),
      gateway,
      journal: this.#journal,
      claim: async (region, accepts) => {
        const agent = new AgentClient(sockets.get(region) ?? "")
        const signal = AbortSignal.timeout(claimPatience + 1_000)
        await this.#ways.passes(region, signal)
        const register = await agent.admin("claim", { patience: claimPatience, accepts }, claimPatience + 1_000, signal)
        await this.#ways.passes(region, signal)
        return Register.parse(register)
      },
      isDrilled: () => hasFaults(dirname(this.#context.directory)),
      onChange: () => this.#context.changed(),
    })
  }
}

async function putSettings({ gateway }: EntrySpec): Promise<void> {
  const client = new Client("http://gateway", { socketPath: gateway.control })
  try {
    const { statusCode, body } = await client.request({
      method: "PUT",
      path: "/settings",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(gateway),
    })
    const text = await body.text()
    if (statusCode >= 300) throw new Error(`the gateway refused its settings: ${text}`)
  } finally {
    await client.close()
  }
}
