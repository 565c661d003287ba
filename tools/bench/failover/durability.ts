import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { untilWhole } from "./environment.ts"
import { type LoadMeasured, measuredLoad } from "./measured-load.ts"
import { median } from "./statistics.ts"

const rounds = 3
const seconds = 10
/** What the environment bears easily, and more than a machine of two processors can do. */
const [easy, much] = [60, 400]

/** What it costs that another region confirms each turn, beside the same environment without; in turns, in one run. */
export async function measureDurability(app: TestApp): Promise<Figure[]> {
  const { entry } = await app.json<StatusDocument>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const measured = { "zero-loss": [] as Pair[], async: [] as Pair[] }
  for (let round = 0; round < rounds; round++)
    for (const durability of ["zero-loss", "async"] as const) {
      app.edit(text => text.replace(/durability: \S+/, `durability: ${durability}`))
      await app.json("deploy", "--yes")
      await untilWhole(app)
      const asked = { url: entry.url ?? "", key, seconds, seed: round }
      measured[durability].push({
        easy: await measuredLoad({ ...asked, perSecond: easy }),
        much: await measuredLoad({ ...asked, perSecond: much }),
      })
    }
  const of = (which: keyof typeof measured, take: (pair: Pair) => number) => median(measured[which].map(take))
  return [
    figure(
      `zero-loss: turns/s at most`,
      of("zero-loss", ({ much }) => much.perSecond),
      "/s",
    ),
    figure(
      `async: turns/s at most`,
      of("async", ({ much }) => much.perSecond),
      "/s",
    ),
    figure(
      "zero-loss: throughput, as a part of async's",
      of("zero-loss", ({ much }) => much.perSecond) / of("async", ({ much }) => much.perSecond),
      "×",
    ),
    figure(
      `zero-loss: latency at ${easy}/s, median`,
      of("zero-loss", ({ easy }) => easy.median),
      "ms",
    ),
    figure(
      `async: latency at ${easy}/s, median`,
      of("async", ({ easy }) => easy.median),
      "ms",
    ),
    figure(
      `zero-loss: latency at ${easy}/s, 99th percentile`,
      of("zero-loss", ({ easy }) => easy.slow),
      "ms",
    ),
    figure(
      `async: latency at ${easy}/s, 99th percentile`,
      of("async", ({ easy }) => easy.slow),
      "ms",
    ),
  ]
}

interface Pair {
  readonly easy: LoadMeasured
  readonly much: LoadMeasured
}

const figure = (name: string, value: number, unit: string): Figure => ({ name, value, unit })
