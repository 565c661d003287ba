import type { Benchmark, Figure } from "./figure.ts"
import { answerEvents, load, type Pace, type Path, paths, type Target } from "./runtime/load.ts"
import { startOurs } from "./runtime/ours.ts"
import { cpuTime, type Started, start } from "./runtime/server.ts"

/** Many quick models at once: several events come with a read. The plain server falls behind at this pace, ours does not. */
const busy = { streams: 60, tokensPerSecond: 1_000, answers: 480, warmUp: 3 }
/** Each event alone, as one quick model sends them. Most of the time is the kernel's then, whoever the server is. */
const paced = { streams: 60, tokensPerSecond: 80, answers: 60, warmUp: 1 }
/** Those that count. Rounds to warm up come first, for compiling takes as much CPU as serving until it has settled. */
const rounds = 7

/**
 * CPU time of a server's process per streamed event, in turns, in front of one simulator: a real replica, which checks
 * the key and keeps every turn of `/v1/responses` in PostgreSQL, beside a plain fastify server with the `openai`
 * client, which does neither. The busy manner has the limit; the paced one is shown beside it.
 */
const benchmark: Benchmark = {
  name: "runtime",
  description: "CPU per streamed event, ours against fastify with the openai client",
  async run() {
    await using upstream = await start("./upstream.ts")
    await using ours = await startOurs(`${upstream.url}/v1`)
    await using plain = await start("./plain.ts", `${upstream.url}/v1`)
    const figures: Figure[] = []
    for (const path of paths) {
      for (const [manner, pace] of Object.entries({ busy, paced })) {
        await setPace(upstream, pace)
        const times = { ours: [] as number[], plain: [] as number[] }
        for (let done = -pace.warmUp; done < rounds; done += 1) {
          const inOurs = await cpuPerEvent(ours, path, pace)
          const inPlain = await cpuPerEvent(plain, path, pace)
          if (done < 0) continue
          times.ours.push(inOurs)
          times.plain.push(inPlain)
        }
        const name = `${path} ${manner}`
        figures.push(
          { name: `${name}: ours`, value: round(median(times.ours)), unit: "µs/event" },
          { name: `${name}: fastify + openai`, value: round(median(times.plain)), unit: "µs/event" },
          {
            name: `${name}: ours / plain`,
            value: round(median(times.ours) / median(times.plain)),
            unit: "ratio",
            ...(manner === "busy" ? { limit: { op: "<=", value: 0.5 } as const } : {}),
          },
        )
      }
    }
    return figures
  },
}
export default benchmark

async function setPace(upstream: Started, { tokensPerSecond }: Pace) {
  const behaviour = { firstTokenDelay: 0, tokensPerSecond, answerTokens: answerEvents }
  const { ok } = await fetch(`${upstream.url}/simulator/behaviour`, { method: "PUT", body: JSON.stringify(behaviour) })
  if (!ok) throw new Error("The simulator refused the pace.")
}

/** Microseconds. */
async function cpuPerEvent(server: Started & Target, path: Path, pace: Pace): Promise<number> {
  const before = cpuTime(server.pid)
  await load(server, path, pace)
  return (cpuTime(server.pid) - before) / (pace.answers * answerEvents)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
