import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DrillRecorder } from "../../../packages/cli/src/drill/recording/drill-recorder.ts"
import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { measuredLoad } from "./measured-load.ts"
import { atLeast, median } from "./statistics.ts"

const rounds = 8
const seconds = 6
/** More than a machine of two processors can do. */
const perSecond = 400

/** The same load with and without a record of it, in turns: what a full machine does varies by a tenth from one to the next. */
export async function measureRecording(app: TestApp): Promise<Figure[]> {
  const { entry } = await app.json<StatusDocument>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const directory = await mkdtemp(join(tmpdir(), "chatops-bench-"))
  const asked = { url: entry.url ?? "", key, perSecond, seconds }
  const without = async (seed: number) => (await measuredLoad({ ...asked, seed })).perSecond
  const recorded = async (seed: number) => {
    const recorder = await DrillRecorder.create(join(directory, `${seed}.jsonl`))
    const { perSecond } = await measuredLoad({ ...asked, seed, record: recorder.record })
    await recorder.close()
    return perSecond
  }
  const rates: { with: number[]; without: number[] } = { with: [], without: [] }
  try {
    // Compilers warm up.
    await without(rounds)
    for (let round = 0; round < rounds; round++) {
      // Whichever comes second finds what the first has left behind.
      if (round % 2 === 0) rates.without.push(await without(round))
      rates.with.push(await recorded(round))
      if (round % 2 === 1) rates.without.push(await without(round))
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return [
    { name: "turns/s without a record", value: median(rates.without), unit: "/s" },
    {
      name: "throughput with a record, as a part of that",
      value: median(rates.with) / median(rates.without),
      unit: "×",
      limit: atLeast(0.95),
    },
  ]
}
