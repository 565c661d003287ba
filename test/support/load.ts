import OpenAI from "openai"
import { type ArrivalRecord, startArrivals } from "./arrivals.ts"
import { askTurn } from "./asked-turn.ts"

interface LoadOptions {
  readonly url: string
  readonly key: string
  readonly perSecond: number
  /** Every second turn is streamed. */
  readonly halfStreamed?: boolean
  /** Turns are spread over this many. */
  readonly conversations?: number
  /** Called for each acknowledged turn. */
  readonly onAcknowledged?: () => void
}

export interface LoadResult {
  readonly arrivals: ArrivalRecord
  readonly sent: number
  /** What was said to a client about requests whose answer had not begun. */
  readonly failures: readonly string[]
  /** Streams that ended with a retryable event, and were then answered to a repeat with the same key. */
  readonly interrupted: number
  /** Answers that had begun and broke in any other way. */
  readonly broken: readonly string[]
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

/** Turns at a steady rate, however long their answers take. */
export async function startLoad({
  url,
  key,
  perSecond,
  halfStreamed = false,
  conversations: count = 20,
  onAcknowledged,
}: LoadOptions): Promise<Load> {
  // The client must not hide a failure by trying again.
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  const conversations = await Promise.all(
    Array.from({ length: count }, async () => (await client.conversations.create({})).id),
  )
  const failures: string[] = []
  const broken: string[] = []
  const turns = new Map<string, string>()
  const waiting: { count: number; resolve: () => void }[] = []
  const pending = new Set<Promise<void>>()
  let [sent, over, interrupted] = [0, 0, 0]
  const send = async () => {
    const number = ++sent
    const input = `load ${number}`
    const conversation = conversations[number % count] ?? ""
    const asked = { model: "gpt-5-mini", input, max_output_tokens: 4, conversation }
    const end = await askTurn(client, asked, halfStreamed && number % 2 === 0)
    if (end.kind === "failed") failures.push(`${input}: ${end.reason}`)
    else if (end.kind === "broken") broken.push(`${input}: ${end.reason}`)
    else {
      turns.set(input, end.id)
      onAcknowledged?.()
    }
    if (end.kind === "acknowledged" && end.interrupted) interrupted += 1
    over += 1
    for (const { count, resolve } of waiting) if (over >= count) resolve()
  }
  const arrivals = startArrivals(perSecond, () => {
    const work = send().finally(() => pending.delete(work))
    pending.add(work)
  })
  return {
    answered: count => new Promise(resolve => waiting.push({ count, resolve })),
    finish: async () => {
      const record = arrivals.stop()
      await Promise.all(pending)
      return { arrivals: record, sent, failures, interrupted, broken, turns, conversations }
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
