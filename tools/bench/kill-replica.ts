import { judgeLoad, startLoad } from "../../test/support/load.ts"
import type { StatusDocument } from "../../test/support/status.ts"
import { makeApp, type TestApp } from "../../test/support/test-app.ts"
import type { Benchmark } from "./figure.ts"

const perSecond = 200
/** Below this the machine did not keep up, and the other figures are of something less. */
const leastPerSecond = 195
const conversations = 100
const kills = 4
const answersBetweenKills = 400

/** Turns through the real gateway, replicas and PostgreSQL of a two-region deployment, replicas killed under load. */
export default {
  name: "kill-replica",
  description: `kill -9 of ${kills} replicas in turn under ${perSecond} turns/s, half of them streamed`,
  run: async () => {
    const app = await makeApp()
    try {
      return await measure(app)
    } finally {
      await app.remove()
    }
  },
} satisfies Benchmark

async function measure(app: TestApp) {
  app.edit(text => text.replace("simulator: {}", "simulator: { first-token-delay: 20ms, tokens-per-second: 25 }"))
  const { entry } = await app.json<{ entry: { url: string } }>("deploy", "--yes")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const load = await startLoad({ url: entry.url, key, perSecond, halfStreamed: true, conversations })
  for (let kill = 1; kill <= kills; kill++) {
    await load.answered(kill * answersBetweenKills)
    process.kill(await victim(app, kill), "SIGKILL")
  }
  await load.answered((kills + 1) * answersBetweenKills)
  const result = await load.finish()
  for (const failure of [...result.failures.slice(0, 5), ...result.broken.slice(0, 5)]) console.error(failure)
  const { lost, doubled } = await judgeLoad(result, { url: entry.url, key })
  const none = { op: "<=" as const, value: 0 }
  return [
    { name: "turns asked for", value: result.sent, unit: "turns" },
    {
      name: "turns asked for per second",
      value: result.arrivals.perSecond,
      unit: "/s",
      limit: { op: ">=" as const, value: leastPerSecond },
    },
    { name: "most belated request", value: result.arrivals.latest, unit: "ms" },
    {
      name: "failed requests whose answer had not begun",
      value: result.failures.length,
      unit: "requests",
      limit: none,
    },
    {
      name: "streams broken off by a retryable event, and answered to a repeat",
      value: result.interrupted,
      unit: "streams",
    },
    { name: "answers that broke in any other way", value: result.broken.length, unit: "answers", limit: none },
    { name: "turns made twice", value: doubled.length, unit: "turns", limit: none },
    { name: "acknowledged turns that cannot be read back", value: lost.length, unit: "turns", limit: none },
  ]
}

/** Every region in turn, so that both survive with one replica at least. */
async function victim(app: TestApp, kill: number): Promise<number> {
  const { regions } = await app.json<StatusDocument>("status")
  const pid = regions[kill % regions.length]?.replicas[0]?.pid
  if (!pid) throw new Error("the replica that was to be killed does not run")
  return pid
}
