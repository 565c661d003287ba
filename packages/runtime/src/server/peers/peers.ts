import type { ReplicaSettings } from "../../contract/index.ts"
import { placeOf, readResponseId } from "../../conversation/response-id.ts"

export type Peer = ReplicaSettings["peers"][number]

/** This replica among all of its environment. */
export interface Peers {
  /** `east/r1` */
  readonly name: string
  /** In the ids of the responses that this replica makes. */
  readonly place: string
  /** When this process began, in Unix milliseconds. */
  readonly startedAt: number
  /** The others that may have made a response of that id: mostly one, or none. */
  makersOf(id: string): readonly Peer[]
}

export function createPeers({ region, replica, peers }: Pick<ReplicaSettings, "region" | "replica" | "peers">): Peers {
  const byPlace = Map.groupBy(peers, placeOf)
  return {
    name: `${region}/${replica}`,
    place: placeOf({ region, replica }),
    startedAt: Date.now(),
    makersOf: id => byPlace.get(readResponseId(id)?.place ?? "") ?? [],
  }
}
