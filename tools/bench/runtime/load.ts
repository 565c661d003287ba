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

/** Whom to ask; `key` is for servers that want one. */
export interface Target {
  readonly url: string
  readonly key?: string
}

export const model = "m"

/** What is asked, in the dialect of each path. */
const bodies = {
  "/v1/chat/completions": {
    model,
    messages: [{ role: "user", content: "hello" }],
    stream: true,
    stream_options: { include_usage: true },
  },
  "/v1/responses": { model, input: "hello", stream: true },
}
export type Path = keyof typeof bodies
export const paths = Object.keys(bodies) as Path[]

/** Asks for that many answers and reads them; throws when one is not whole. */
export async function load({ url, key }: Target, path: Path, { streams, answers }: Pace): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: streams })
  const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) }
  const body = JSON.stringify(bodies[path])
  let left = answers
  const ask = async () => {
    while (left > 0) {
      left -= 1
      const events = await countEvents(`${url}${path}`, { agent, method: "POST", headers }, body)
      if (events < answerEvents) throw new Error(`An answer on ${path} had ${events} events of ${answerEvents}.`)
    }
  }
  await Promise.all(Array.from({ length: streams }, ask))
  agent.destroy()
}

function countEvents(url: string, options: RequestOptions, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, response => {
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
