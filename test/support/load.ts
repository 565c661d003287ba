import OpenAI from "openai"

export interface LoadResult {
  readonly sent: number
  readonly failures: readonly string[]
  /** Response id of every acknowledged turn, by the text that was sent. */
  readonly turns: ReadonlyMap<string, string>
}

export interface Load {
  /** Ends the arrivals and waits for what is under way. */
  finish(): Promise<LoadResult>
  /** Resolves once this many requests were answered. */
  answered(count: number): Promise<void>
}

/** Open-loop arrivals of turns at a steady rate: a slow answer does not slow the next request down. */
export function startLoad(options: { url: string; key: string; perSecond: number; stream?: boolean }): Load {
  // The client must not hide a failure by trying again.
  const client = new OpenAI({ baseURL: `${options.url}/v1`, apiKey: options.key, maxRetries: 0 })
  const failures: string[] = []
  const turns = new Map<string, string>()
  const waiting: { count: number; resolve: () => void }[] = []
  const pending = new Set<Promise<void>>()
  let sent = 0
  const send = async () => {
    const input = `load ${++sent}`
    try {
      turns.set(input, await turn(client, input, options.stream ?? false))
    } catch (error) {
      failures.push(`${input}: ${(error as Error).message}`)
    }
    for (const { count, resolve } of waiting) if (turns.size + failures.length >= count) resolve()
  }
  const timer = setInterval(() => {
    const work = send().finally(() => pending.delete(work))
    pending.add(work)
  }, 1_000 / options.perSecond)
  return {
    answered: count => new Promise(resolve => waiting.push({ count, resolve })),
    finish: async () => {
      clearInterval(timer)
      await Promise.all(pending)
      return { sent, failures, turns }
    },
  }
}

async function turn(client: OpenAI, input: string, stream: boolean): Promise<string> {
  if (!stream) return (await client.responses.create({ model: "gpt-5-mini", input, max_output_tokens: 4 })).id
  const events = await client.responses.create({ model: "gpt-5-mini", input, max_output_tokens: 4, stream: true })
  for await (const event of events) {
    if (event.type === "response.completed" || event.type === "response.incomplete") return event.response.id
    if (event.type === "error") throw new Error(event.message)
  }
  throw new Error("the stream ended without a final event")
}
