import type { BalancingAlgorithm } from "../../contract/index.ts"
import { IpHash } from "./ip-hash.ts"
import { LeastConnections } from "./least-connections.ts"
import { RoundRobin } from "./round-robin.ts"

/** What a balancer sees of a backend. `weight` is above 0; `active` counts its unfinished requests. */
export interface Candidate {
  readonly id: string
  readonly weight: number
  readonly active: number
}

/**
 * Chooses one of the candidates, which the caller has already freed of those that are unhealthy, already tried or
 * without weight; undefined only when there are none. `client` is the client's address.
 */
export interface Balancer {
  pick<T extends Candidate>(candidates: readonly T[], client: string): T | undefined
}

export function createBalancer(algorithm: BalancingAlgorithm): Balancer {
  switch (algorithm) {
    case "round-robin":
      return new RoundRobin()
    case "least-connections":
      return new LeastConnections()
    case "ip-hash":
      return new IpHash()
  }
}
