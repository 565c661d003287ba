import http from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import type { Figure } from "../figure.ts"
import { startChild, startGateway } from "./child.ts"

const perSecond = 200
const seconds = 4
const killAfter = 1.5

/**
 * `kill -9` of one of three replicas while 200 requests a second come, whether answers are there or not: half of them
 * plain answers that take 40 ms, half streams that begin after 20 ms and last 100 ms more.
 */
export async function killUnderLoad(): Promise<Figure[]> {
  await using first = await startChild("./replica.ts")
  await using second = await startChild("./replica.ts")
  await using third = await startChild("./replica.ts")
  await using gateway = await startGateway([first, second, third])
  const agent = new http.Agent({ keepAlive: true })
  const outcomes: Promise<Outcome>[] = []
  const startedAt = performance.now()
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    await wait(Math.max(0, startedAt + (sent * 1_000) / perSecond - performance.now()))
    if (sent === perSecond * killAfter) first.process.kill("SIGKILL")
    outcomes.push(
      ask(gateway.port, sent % 2 === 0 ? "/v1/responses?delay=40" : "/v1/responses?delay=20&events=10&gap=10", agent),
    )
  }
  const all = await Promise.all(outcomes)
  agent.destroy()
  const count = (outcome: Outcome) => all.filter(each => each === outcome).length
  return [
    { name: "kill -9 under load: requests", value: all.length, unit: "requests" },
    {
      name: "kill -9 under load: failed before the answer began",
      value: count("failed"),
      unit: "requests",
      limit: { op: "<=", value: 0 },
    },
    { name: "kill -9 under load: streams ended by a retryable event", value: count("interrupted"), unit: "streams" },
    {
      name: "kill -9 under load: answers that broke without one",
      value: count("broken"),
      unit: "answers",
      limit: { op: "<=", value: 0 },
    },
  ]
}

type Outcome = "complete" | "failed" | "interrupted" | "broken"

function ask(port: number, path: string, agent: http.Agent): Promise<Outcome> {
  return new Promise(resolve => {
    const request = http.request({ port, host: "127.0.0.1", method: "POST", path, agent })
    request.on("error", () => resolve("failed"))
    request.on("response", response => {
      let body = ""
      response.setEncoding("utf8")
      response.on("data", (text: string) => {
        body += text
      })
      response.on("error", () => resolve("broken"))
      response.on("end", () => {
        if (response.statusCode !== 200) resolve("failed")
        else if (body.includes("stream_interrupted")) resolve("interrupted")
        else resolve(body.includes("completed") ? "complete" : "broken")
      })
    })
    request.end("{}")
  })
}
