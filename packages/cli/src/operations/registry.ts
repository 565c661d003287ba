import { deploy } from "./deploy.ts"
import { destroy } from "./destroy.ts"
import { failback, failover } from "./failover.ts"
import type { Operation } from "./operation.ts"

const kinds: Readonly<Record<string, (choice: Readonly<Record<string, unknown>>) => Operation>> = {
  deploy,
  destroy,
  failover,
  failback,
}

/** The operation that a journal speaks of, rebuilt from what was asked for; undefined for a kind this version does not know. */
export const operationByKind = (kind: string, choice: Readonly<Record<string, unknown>>): Operation | undefined =>
  kinds[kind]?.(choice)
