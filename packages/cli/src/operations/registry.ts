import { deploy } from "./deploy.ts"
import { destroy } from "./destroy.ts"
import { type DrillChoice, drill } from "./drill.ts"
import { failback, failover } from "./failover.ts"
import type { Operation } from "./operation.ts"
import { type RecoveryChoice, recoverWitness } from "./recover-witness.ts"

const kinds: Readonly<Record<string, (choice: Readonly<Record<string, unknown>>) => Operation>> = {
  deploy,
  destroy,
  failover,
  failback,
  "recover-witness": choice => recoverWitness(choice as RecoveryChoice),
  drill: choice => drill(choice as DrillChoice),
}

/** The operation that a journal speaks of, rebuilt from what was asked for; undefined for a kind this version does not know. */
export const operationByKind = (kind: string, choice: Readonly<Record<string, unknown>>): Operation | undefined =>
  kinds[kind]?.(choice)
