import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DrillRecorder } from "../../../packages/cli/src/drill/recording/drill-recorder.ts"
import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { measuredLoad } from "./measured-load.ts"
import { atLeast, middle } from "./statistics.ts"

const rounds = 5
const seconds = 8
/** More than a machine of two processors can do. */
const perSecond = 400

/** The same load with and without a record of it, in turns. */
export async function measureRecording(app: TestApp): Promise<Figure[]> {
  const { entry } = await app.json<StatusDocument>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const directory = await mkdtemp(join(tmpdir(), "chatops-bench-"))
  const rates: { with: number[]; without: number[] } = { with: [], without: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      const asked = { url: entry.url ?? "", key, perSecond, seconds, seed: round }
      rates.without.push((await measuredLoad(asked)).perSecond)
      const recorder = await DrillRecorder.create(join(directory, `${round}.jsonl`))
      rates.with.push((await measuredLoad({ ...asked, record: recorder.record })).perSecond)
      await recorder.close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return [
    { name: "turns/s without a record", value: middle(rates.without), unit: "/s" },
    {
      name: "throughput with a record, as a part of that",
      value: middle(rates.with) / middle(rates.without),
      unit: "×",
      limit: atLeast(0.95),
    },
  ]
}
