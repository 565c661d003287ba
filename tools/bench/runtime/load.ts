import { once } from "node:events"
import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http"
import { text } from "node:stream/consumers"

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

/** What is asked on each path, and how the last event of a whole answer begins. */
const dialects = {
  "/v1/chat/completions": {
    body: {
      model,
      messages: [{ role: "user", content: "hello" }],
      stream: true,
      stream_options: { include_usage: true },
    },
    lastEvent: "data: [DONE]",
  },
  "/v1/responses": {
    body: { model, input: "hello", stream: true },
    lastEvent: "event: response.completed\n",
  },
}
export type Path = keyof typeof dialects
export const paths = Object.keys(dialects) as Path[]

/** Asks for that many answers and reads them; throws when one is not whole. */
export async function load({ url, key }: Target, path: Path, { streams, answers }: Pace): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: streams })
  const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) }
  const { body, lastEvent } = dialects[path]
  let left = answers
  const ask = async () => {
    while (left > 0) {
      left -= 1
      const events = await post(`${url}${path}`, { agent, headers }, JSON.stringify(body))
      if (events.length < answerEvents || !events.at(-1)?.startsWith(lastEvent)) {
        throw new Error(`An answer on ${path} is not whole: ${events.length} events, the last is ${events.at(-1)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: streams }, ask))
  agent.destroy()
}

async function post(url: string, options: RequestOptions, body: string): Promise<string[]> {
  const sent = request(url, { ...options, method: "POST" }).end(body)
  const [response] = (await once(sent, "response")) as [IncomingMessage]
  return (await text(response)).split("\n\n").slice(0, -1)
}
