import { rmSync } from "node:fs"
import { makeApp, type TestApp } from "../../test/support/test-app.ts"
import type { Benchmark, Figure } from "./figure.ts"

const rounds = 3

/** Whole processes, as a user waits for them; caches are warm, everything else is new. */
export default {
  name: "deploy",
  description: "first deploy of the quickstart with warm caches, and a deploy with nothing to change; wall time",
  run: async () => {
    const [firsts, unchanged]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      const app = await makeApp()
      try {
        firsts.push(await seconds(app, "succeeded"))
        for (let repeat = 0; repeat < rounds; repeat++) unchanged.push(await seconds(app, "unchanged"))
      } finally {
        await app.remove()
        rmSync(app.state, { recursive: true, force: true })
      }
    }
    return [
      { name: "first deploy", value: median(firsts), unit: "s", limit: { op: "<=", value: 20 } },
      { name: "deploy with nothing to change", value: median(unchanged), unit: "s", limit: { op: "<=", value: 5 } },
    ] satisfies Figure[]
  },
} satisfies Benchmark

async function seconds(app: TestApp, expected: string): Promise<number> {
  const began = performance.now()
  const { outcome } = await app.json<{ outcome?: string }>("deploy", "--yes")
  if (outcome !== expected) throw new Error(`the deploy ended as ${outcome}, not as ${expected}`)
  return (performance.now() - began) / 1_000
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
