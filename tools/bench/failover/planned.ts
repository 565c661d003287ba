import { judgeLoad, startLoad } from "../../../test/support/load.ts"
import type { StatusDocument } from "../../../test/support/status.ts"
import type { TestApp } from "../../../test/support/test-app.ts"
import type { Figure } from "../figure.ts"
import { untilInSync } from "./environment.ts"
import { atMost } from "./statistics.ts"

const perSecond = 200
const plannedChanges = 3

/** To and fro, under load. */
export async function measurePlanned(app: TestApp): Promise<Figure[]> {
  const { entry } = await app.json<StatusDocument & { entry: { url: string } }>("status")
  const { key } = await app.json<{ key: string }>("keys", "create")
  const acknowledged: number[] = []
  const load = await startLoad({
    url: entry.url,
    key,
    perSecond,
    halfStreamed: true,
    conversations: 100,
    onAcknowledged: () => acknowledged.push(performance.now()),
  })
  await load.answered(perSecond * 2)
  const pauses: number[] = []
  for (let change = 0; change < plannedChanges; change++) {
    await untilInSync(app)
    const from = performance.now()
    await app.json("failover", "--planned", "--yes")
    await load.answered(acknowledged.length + perSecond)
    const pieces = acknowledged.filter(at => at > from)
    pauses.push(Math.max(...pieces.slice(1).map((at, index) => at - (pieces[index] ?? at))))
  }
  const result = await load.finish()
  const { lost, doubled } = await judgeLoad(result, { url: entry.url, key })
  return [
    { name: "planned: turns asked for per second", value: result.arrivals.perSecond, unit: "/s" },
    {
      name: `planned: writes paused, worst of ${plannedChanges}`,
      value: Math.max(...pauses),
      unit: "ms",
      limit: atMost(500),
    },
    {
      name: "planned: requests that failed or broke",
      value: result.failures.length + result.broken.length,
      unit: "requests",
      limit: atMost(0),
    },
    { name: "planned: streams begun again", value: result.interrupted, unit: "streams" },
    { name: "planned: turns lost or doubled", value: lost.length + doubled.length, unit: "turns", limit: atMost(0) },
  ]
}
