import type { DrillEvent } from "@chatops/stacks/drill"
import { ChatopsError } from "@chatops/stacks/errors"
import * as z from "zod"
import type { AnswerFailed } from "./answer-end.ts"
import { exchangeJson } from "./exchange.ts"
import { delayBeforeRepeat } from "./retry-policy.ts"
import type { LoadContext } from "./turn-request.ts"

type ReadBack = Extract<DrillEvent, { event: "read-back" }>

/** How long the service may take to let one page be read, in milliseconds. */
const patience = 60_000

const Item = z.object({
  id: z.string(),
  role: z.string(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
})
type Item = z.infer<typeof Item>
const Page = z.object({ data: z.array(Item), has_more: z.boolean(), last_id: z.string().nullable() })

/**
 * What a conversation holds. One that is not there any more holds nothing.
 * Throws CHAT_UNREACHABLE when it cannot be read for a minute.
 */
export async function readBack(context: LoadContext, conversation: number, id: string): Promise<ReadBack> {
  const items: Item[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page: z.infer<typeof Page> = await readPage(context, id, after)
    items.push(...page.data)
    after = page.has_more ? page.last_id : null
  }
  return { event: "read-back", at: context.now(), conversation, ...turnsOf(items) }
}

async function readPage(context: LoadContext, id: string, after: string | undefined): Promise<z.infer<typeof Page>> {
  const path = `/v1/conversations/${id}/items?order=asc&limit=100${after === undefined ? "" : `&after=${after}`}`
  const { signal, end } = context.patienceFor(patience)
  const deadline = context.now() + patience
  try {
    for (let attempt = 0; ; attempt++) {
      const read = await exchangeJson(context.entry, { method: "GET", path }, Page, signal)
      if (read.kind === "answered") return read.content
      if (read.status === 404 && after === undefined) return { data: [], has_more: false, last_id: null }
      const circumstances = { left: deadline - context.now(), random: context.random(), resumed: false }
      const delay = delayBeforeRepeat(read, { attempt, ...circumstances })
      if (delay === undefined || !(await context.repeats.sleep(delay))) throw unreadable(context, id, read)
    }
  } finally {
    end()
  }
}

/** Pairs each message of a user's with the answer that follows it. */
export function turnsOf(items: readonly Item[]): Pick<ReadBack, "turns" | "foreign"> {
  const turns: { request: number; message: string | null }[] = []
  let foreign = 0
  /** The turn whose answer comes next. */
  let asked: { message: string | null } | undefined
  for (const { id, role, content } of items) {
    const request = role === "user" ? requestIn(content[0]?.text ?? "") : undefined
    if (request !== undefined) {
      turns.push({ request, message: null })
      asked = turns.at(-1)
    } else {
      if (role === "assistant" && asked) asked.message = id
      else foreign += 1
      asked = undefined
    }
  }
  return { turns, ...(foreign > 0 && { foreign }) }
}

function requestIn(text: string): number | undefined {
  const [, number] = /^drill ([1-9]\d*): /.exec(text) ?? []
  return number === undefined ? undefined : Number(number)
}

const unreadable = ({ entry }: LoadContext, id: string, { how, status, code }: AnswerFailed): ChatopsError =>
  new ChatopsError(
    "CHAT_UNREACHABLE",
    `${entry.url} does not let conversation ${id} be read: ${[how, status, code].filter(Boolean).join(" ")}`,
    { details: { url: entry.url } },
  )
