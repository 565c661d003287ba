import { setTimeout as delay } from "node:timers/promises"
import type { StatusDocument } from "../../../test/support/status.ts"
import { makeApp, type TestApp } from "../../../test/support/test-app.ts"

const quick = "simulator: { first-token-delay: 20ms, tokens-per-second: 100 }"

/** Two regions with `failover: automatic`, for as long as the work takes. */
export function inEnvironment<T>(durability: "zero-loss" | "async", work: (app: TestApp) => Promise<T>): Promise<T> {
  const promise = `durability: ${durability}\n    failover: automatic`
  return deployed(text => text.replace("durability: zero-loss", promise), work)
}

/** Three, with a replica each: that is as much as a machine of two processors carries. */
export function inThreeRegions<T>(work: (app: TestApp) => Promise<T>): Promise<T> {
  const promise = "durability: zero-loss\n    on-standby-loss: degrade\n    failover: automatic"
  const third = (text: string) =>
    text.replace("west: {} }", "west: {}, north: {} }").replace("replicas: 2", "replicas: 1")
  return deployed(text => third(text).replace("durability: zero-loss", promise), work)
}

async function deployed<T>(change: (text: string) => string, work: (app: TestApp) => Promise<T>): Promise<T> {
  const app = await makeApp()
  try {
    app.edit(text => change(text).replace("simulator: {}", quick))
    await app.json("deploy", "--yes")
    await untilWhole(app)
    return await work(app)
  } finally {
    await app.remove()
  }
}

const wholePatience = 120_000

/**
 * A drill is refused where the one before has left something that is not mended yet. What does not mend itself is a
 * finding, and not something to wait for.
 */
export async function untilWhole(app: TestApp): Promise<void> {
  for (const began = performance.now(); ; ) {
    const status = await app.json<StatusDocument>("status").catch(() => undefined)
    if (status?.healthy && (status.inSync || status.durability === "async")) return
    if (performance.now() - began > wholePatience)
      throw new Error(`${app.home} does not become whole by itself: ${JSON.stringify(status, null, 2)}`)
    await delay(500)
  }
}

export async function untilInSync(app: TestApp): Promise<void> {
  while (!(await app.json<StatusDocument>("status").catch(() => undefined))?.inSync) await delay(500)
}
