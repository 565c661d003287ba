import { Agent, type RequestOptions, request } from "node:http"

/** Events with text in one answer. */
export const answerEvents = 200

export interface Pace {
  /** At the same time. */
  readonly streams: number
  readonly tokensPerSecond: number
  /** Altogether. */
  readonly answers: number
}

/** Asks for that many answers and reads them; throws when one lacks an event. */
export async function load(port: number, path: string, { streams, answers }: Pace): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: streams })
  const headers = { "content-type": "application/json" }
  const body = JSON.stringify({
    model: "m",
    messages: [{ role: "user", content: "hello" }],
    stream: true,
    stream_options: { include_usage: true },
  })
  let left = answers
  const ask = async () => {
    while (left > 0) {
      left -= 1
      const events = await countEvents({ agent, host: "127.0.0.1", port, path, method: "POST", headers }, body)
      if (events < answerEvents) throw new Error(`An answer on ${path} had ${events} events of ${answerEvents}.`)
    }
  }
  await Promise.all(Array.from({ length: streams }, ask))
  agent.destroy()
}

function countEvents(options: RequestOptions, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(options, response => {
      let events = 0
      let last = 0
      response.on("data", (chunk: Buffer) => {
        for (const byte of chunk) {
          if (byte === 10 && last === 10) events += 1
          last = byte
        }
      })
      response.on("end", () => resolve(events))
      response.on("error", reject)
    })
    sent.on("error", reject).end(body)
  })
}
