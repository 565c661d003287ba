import { fork } from "node:child_process"
import { once } from "node:events"
import type { Benchmark, Figure } from "./figure.ts"
import { answerEvents, load, type Pace } from "./runtime/load.ts"
import type { FromProcess, ProxyKind } from "./runtime/messages.ts"

/** An upstream that produces as fast as the proxy takes it: the proxy is saturated, several events come with a read. */
const busy = { streams: 60, tokensPerSecond: 1_000, answers: 240 }
/** Each event alone, as one quick model sends them. Most of the time is the kernel's then, whoever the proxy is. */
const paced = { streams: 60, tokensPerSecond: 80, answers: 60 }
const rounds = 5

const paths = ["/v1/chat/completions", "/v1/responses"] as const

/**
 * CPU time of a proxy process per streamed event: ours beside a plain fastify server with the `openai` client, in
 * turns, in front of one simulator. The busy manner has the limit; the paced one is shown beside it.
 */
const benchmark: Benchmark = {
  name: "runtime",
  description: "CPU per streamed event, ours against fastify with the openai client",
  async run() {
    await using upstream = await start("upstream.ts")
    await using ours = await start("proxy.ts", "ours", String(upstream.port))
    await using plain = await start("proxy.ts", "plain", String(upstream.port))
    const figures: Figure[] = []
    for (const path of paths) {
      for (const [manner, pace] of Object.entries({ busy, paced })) {
        await setPace(upstream.port, pace)
        const times = { ours: [] as number[], plain: [] as number[] }
        // The first round warms up.
        for (let round = 0; round <= rounds; round += 1) {
          for (const [kind, proxy] of Object.entries({ ours, plain }) as [ProxyKind, Started][]) {
            const time = await cpuPerEvent(proxy, path, pace)
            if (round > 0) times[kind].push(time)
          }
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

async function setPace(port: number, { tokensPerSecond }: Pace) {
  const behaviour = { firstTokenDelay: 0, tokensPerSecond, answerTokens: answerEvents }
  const url = `http://127.0.0.1:${port}/simulator/behaviour`
  const { ok } = await fetch(url, { method: "PUT", body: JSON.stringify(behaviour) })
  if (!ok) throw new Error("The simulator refused the pace.")
}

/** Microseconds. */
async function cpuPerEvent(proxy: Started, path: string, pace: Pace): Promise<number> {
  const before = await proxy.cpu()
  await load(proxy.port, path, pace)
  return ((await proxy.cpu()) - before) / (pace.answers * answerEvents)
}

interface Started extends AsyncDisposable {
  readonly port: number
  /** CPU time so far, in microseconds. */
  cpu(): Promise<number>
}

async function start(file: string, ...parameters: string[]): Promise<Started> {
  const child = fork(new URL(`./runtime/${file}`, import.meta.url), parameters)
  const receive = async <T extends FromProcess["type"]>(type: T) => {
    const [message] = (await once(child, "message")) as [FromProcess]
    if (message.type !== type) throw new Error(`Expected ${type} from ${file}, got ${message.type}.`)
    return message as Extract<FromProcess, { type: T }>
  }
  const { port } = await receive("listening")
  return {
    port,
    async cpu() {
      child.send("cpu")
      return (await receive("cpu")).microseconds
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit")
      child.kill()
      await exit
    },
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
