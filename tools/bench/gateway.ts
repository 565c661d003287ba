import type { Benchmark, Figure } from "./figure.ts"
import { type Child, startChild, startGateway } from "./gateway/child.ts"
import { killUnderLoad } from "./gateway/killing.ts"
import { load } from "./gateway/load.ts"

const plain = { target: "/v1/responses", connections: 16, requests: 4_000 }
const eventsPerStream = 40
const streams = { target: `/v1/responses?events=${eventsPerStream}&gap=2`, connections: 24, requests: 96 }
const rounds = 15
/** Until compilation has settled, which a process that runs for weeks does not notice: about 16,000 requests. */
const warmUps = 4

/** CPU per request beside `http-proxy-middleware`, in turns in front of one replica; and what a `kill -9` costs. */
const benchmark: Benchmark = {
  name: "gateway",
  description: "CPU per request, ours against http-proxy-middleware, and kill -9 of a replica under load",
  async run() {
    return [...(await compare()), ...(await killUnderLoad())]
  },
}
export default benchmark

async function compare(): Promise<Figure[]> {
  await using replica = await startChild("./replica.ts")
  await using ours = await startGateway([replica])
  await using middleware = await startChild("./middleware.ts", [String(replica.port)])
  const requests = await interleave(ours, middleware, proxy => cpuPer(proxy, plain, plain.requests))
  const events = await interleave(ours, middleware, proxy => cpuPer(proxy, streams, streams.requests * eventsPerStream))
  return [
    { name: "request: gateway", value: rounded(requests.ours), unit: "µs CPU" },
    { name: "request: http-proxy-middleware", value: rounded(requests.theirs), unit: "µs CPU" },
    {
      name: "request: gateway / http-proxy-middleware",
      value: rounded(requests.ours / requests.theirs),
      unit: "ratio",
      limit: { op: "<=", value: 1 / 3 },
    },
    { name: "streamed event: gateway", value: rounded(events.ours), unit: "µs CPU" },
    { name: "streamed event: http-proxy-middleware", value: rounded(events.theirs), unit: "µs CPU" },
    {
      name: "streamed event: gateway / http-proxy-middleware",
      value: rounded(events.ours / events.theirs),
      unit: "ratio",
    },
  ]
}

/** Medians over rounds in which both take their turn; the first few warm up and do not count. */
async function interleave(ours: Child, theirs: Child, measure: (proxy: Child) => Promise<number>) {
  const values = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round < warmUps + rounds; round++) {
    const pair = { ours: await measure(ours), theirs: await measure(theirs) }
    if (round < warmUps) continue
    values.ours.push(pair.ours)
    values.theirs.push(pair.theirs)
  }
  return { ours: median(values.ours), theirs: median(values.theirs) }
}

/** CPU time of the proxy's process in microseconds, for each of `parts`. */
async function cpuPer(proxy: Child, work: Omit<Parameters<typeof load>[0], "port">, parts: number): Promise<number> {
  const before = await proxy.cpu()
  await load({ port: proxy.port, ...work })
  return ((await proxy.cpu()) - before) / parts
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const rounded = (value: number) => Number(value.toPrecision(3))
