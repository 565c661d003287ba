import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { findFreePort } from "../../../packages/stacks/src/targets/local/free-port.ts"
import { type Login, query } from "./database.ts"
import { makePlace, type Place } from "./place.ts"
import type { Programs } from "./programs.ts"
import { type Address, type PatroniNode, patroniSettings, text } from "./settings.ts"
import { isWhole, leaderOf } from "./wholeness.ts"

/** One etcd, and two Patronis with a PostgreSQL each, on loopback. Nothing is left of it when it is disposed of. */
export interface Cluster extends Disposable {
  readonly nodes: readonly PatroniNode[]
  login(node: PatroniNode): Login
  /** Starts the node's Patroni, which starts its PostgreSQL. */
  start(node: PatroniNode): void
  /** Resolves with the leader when the other node follows it synchronously and may take over. */
  whole(): Promise<PatroniNode>
}

/** Milliseconds after which it is no use to wait; it takes 10 to 40 s. */
const longest = 180_000

export async function startCluster(programs: Programs): Promise<Cluster> {
  const place = makePlace()
  try {
    const cluster = await prepare(place, programs)
    for (const node of cluster.nodes) cluster.start(node)
    await query(cluster.login(await cluster.whole()), "create table written (at timestamptz)")
    return cluster
  } catch (error) {
    place[Symbol.dispose]()
    throw error
  }
}

async function prepare(place: Place, { etcd, patroni, postgres }: Programs): Promise<Cluster> {
  const take = addresses()
  const store = await startEtcd(place, etcd, take)
  const nodes = [await makeNode(place, "a", take), await makeNode(place, "b", take)]
  const password = randomBytes(12).toString("hex")
  const settingsOf = (node: PatroniNode) => join(node.home, "patroni.yml")
  for (const node of nodes)
    place.write(settingsOf(node), patroniSettings(node, { etcd: store, binaries: postgres, password }))
  const login = (node: PatroniNode) => ({ ...node.database, user: "postgres", password, database: "postgres" })
  return {
    nodes,
    login,
    start: node => place.start(node.home, patroni, [settingsOf(node)]),
    async whole() {
      const until = performance.now() + longest
      while (performance.now() < until) {
        const leader = await leaderOf(nodes)
        if (leader && (await isWhole(login(leader)))) return leader
        await wait(250)
      }
      throw new Error(`Patroni's cluster is not whole after ${longest / 1_000} s\n${place.lastWords()}`)
    },
    [Symbol.dispose]: () => place[Symbol.dispose](),
  }
}

/** A single one, whose data is as safe as its disk: it is not what fails here. */
async function startEtcd(place: Place, program: string, take: () => Promise<Address>): Promise<Address> {
  const home = place.directory("etcd")
  const [client, peer] = [await take(), await take()]
  const [clients, peers] = [`http://${text(client)}`, `http://${text(peer)}`]
  place.start(home, program, [
    ...["--name", "etcd", "--data-dir", join(home, "data"), "--initial-cluster", `etcd=${peers}`],
    ...["--listen-client-urls", clients, "--advertise-client-urls", clients],
    ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers],
  ])
  return client
}

async function makeNode(place: Place, name: string, take: () => Promise<Address>): Promise<PatroniNode> {
  const home = place.directory(name)
  return { name, home, data: join(home, "data"), api: await take(), database: await take() }
}

/** Each on a port of its own. */
function addresses(): () => Promise<Address> {
  const taken = new Set<number>()
  return async () => {
    const port = await findFreePort(taken)
    taken.add(port)
    return { host: "127.0.0.1", port }
  }
}
