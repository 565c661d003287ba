import OpenAI from "openai"

interface LoadOptions {
  readonly url: string
  readonly key: string
  readonly perSecond: number
  readonly stream?: boolean
  /** Turns are spread over this many. */
  readonly conversations?: number
}

export interface LoadResult {
  readonly sent: number
  /** What was said to a client about requests that got no acknowledged turn. */
  readonly failures: readonly string[]
  /** Response id of every acknowledged turn, by the text that was sent; each text was sent once. */
  readonly turns: ReadonlyMap<string, string>
  readonly conversations: readonly string[]
}

export interface Load {
  /** Ends the arrivals and waits for what is under way. */
  finish(): Promise<LoadResult>
  /** Resolves once this many requests were answered. */
  answered(count: number): Promise<void>
}

/** Open-loop arrivals of turns at a steady rate: a slow answer does not slow the next request down. */
export async function startLoad({
  url,
  key,
  perSecond,
  stream = false,
  conversations: count = 20,
}: LoadOptions): Promise<Load> {
  // The client must not hide a failure by trying again.
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  const conversations = await Promise.all(
    Array.from({ length: count }, async () => (await client.conversations.create({})).id),
  )
  const failures: string[] = []
  const turns = new Map<string, string>()
  const waiting: { count: number; resolve: () => void }[] = []
  const pending = new Set<Promise<void>>()
  let sent = 0
  const send = async () => {
    const input = `load ${++sent}`
    const request = {
      model: "gpt-5-mini",
      input,
      max_output_tokens: 4,
      conversation: conversations[sent % count] ?? "",
    }
    try {
      turns.set(input, stream ? await streamed(client, request) : (await client.responses.create(request)).id)
    } catch (error) {
      failures.push(`${input}: ${(error as Error).message}`)
    }
    for (const { count, resolve } of waiting) if (turns.size + failures.length >= count) resolve()
  }
  const timer = setInterval(() => {
    const work = send().finally(() => pending.delete(work))
    pending.add(work)
  }, 1_000 / perSecond)
  return {
    answered: count => new Promise(resolve => waiting.push({ count, resolve })),
    finish: async () => {
      clearInterval(timer)
      await Promise.all(pending)
      return { sent, failures, turns, conversations }
    },
  }
}

export interface LoadVerdict {
  /** Texts of acknowledged turns that stand in no conversation. */
  readonly lost: readonly string[]
  /** Texts that stand in a conversation more than once. */
  readonly doubled: readonly string[]
}

/** Reads every conversation back and compares it with what was acknowledged. */
export async function judgeLoad(
  { turns, conversations }: LoadResult,
  { url, key }: Pick<LoadOptions, "url" | "key">,
): Promise<LoadVerdict> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key })
  const seen = new Map<string, number>()
  for (const conversation of conversations) {
    for await (const item of client.conversations.items.list(conversation, { limit: 100, order: "asc" })) {
      const [part] = item.type === "message" && item.role === "user" ? item.content : []
      if (part?.type === "input_text") seen.set(part.text, (seen.get(part.text) ?? 0) + 1)
    }
  }
  return {
    lost: [...turns.keys()].filter(text => !seen.has(text)),
    doubled: [...seen].filter(([, count]) => count > 1).map(([text]) => text),
  }
}

type Request = { model: string; input: string; max_output_tokens: number; conversation: string }

async function streamed(client: OpenAI, request: Request): Promise<string> {
  const events = await client.responses.create({ ...request, stream: true })
  for await (const event of events) {
    if (event.type === "response.completed" || event.type === "response.incomplete") return event.response.id
    if (event.type === "error") throw new Error(event.message)
  }
  throw new Error("the stream ended without a final event")
}
