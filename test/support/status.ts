import { expect } from "vitest"
import type { TestApp } from "./test-app.ts"

/** What the tests read of `status --json`. */
export interface StatusDocument {
  readonly operation: { readonly id: string; readonly kind: string; readonly step: string | null } | null
  readonly healthy: boolean
  readonly primary: string | null
  readonly epoch: number | null
  readonly inSync: string | null
  readonly durability: string
  readonly entry: { readonly url: string | null }
  readonly regions: readonly {
    readonly name: string
    readonly role: string
    readonly healthy: boolean
    readonly detail: string
    readonly reachable: boolean
    readonly streaming: boolean
    readonly replicas: readonly {
      readonly name: string
      readonly ready: boolean
      readonly gateway: string | null
      readonly pid: number | null
      readonly restarts: number
      readonly active: number
    }[]
  }[]
}

/** What the tests read of `deploy --json`. */
export interface DeployDocument {
  readonly operation: string
  readonly outcome: "succeeded" | "unchanged"
  readonly release: string
  readonly primary: string | null
  readonly entry: { readonly url: string | null }
  readonly changes: readonly {
    readonly stack: string
    readonly operation: string
    readonly reasons: readonly string[]
  }[]
  readonly notes: readonly string[]
  readonly verification: { readonly answer: string } | null
  readonly steps: readonly { readonly name: string }[]
}

/** Supervisors repair by themselves; this asks until `status` agrees. */
export async function waitUntilHealthy(app: TestApp): Promise<void> {
  await expect
    .poll(async () => (await app.json<StatusDocument>("status")).healthy, { timeout: 30_000, interval: 200 })
    .toBe(true)
}
