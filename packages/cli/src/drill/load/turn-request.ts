import { type DrillEvent, type PlannedTurn, toThousandth } from "@chatops/stacks/drill"
import type { AnswerEnd, AnswerFailed } from "./answer-end.ts"
import { type Entry, exchangeTurn } from "./exchange.ts"
import type { OpenedConversation } from "./opened-conversation.ts"
import { delayBeforeRepeat, patience } from "./retry-policy.ts"
import type { Waits } from "./waits.ts"

/** What all users of a load share. */
export interface LoadContext {
  readonly entry: Entry
  /** Part of every `Idempotency-Key`, so that no other load has the same. */
  readonly run: string
  readonly answerTokens: number
  readonly record: (event: DrillEvent) => void
  /** Milliseconds since the drill's origin, to a thousandth. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Waits before a repeat. */
  readonly repeats: Waits
  /** A signal for one request, which is over when its user waits no longer or the load is given up. */
  readonly patienceFor: (milliseconds: number) => { readonly signal: AbortSignal; end(): void }
}

export interface Wanted {
  /** Number of the request. */
  readonly request: number
  readonly conversation: OpenedConversation
  /** Which turn of its conversation it is, from 1. */
  readonly turn: number
  readonly planned: PlannedTurn
  readonly due: number
}

/**
 * Asks for one turn as a good client does: with one key, again and again, until it is acknowledged or its user gives up.
 * An answer that broke off is first tried to be gone on with. Whether it was acknowledged.
 */
export async function requestTurn(context: LoadContext, wanted: Wanted): Promise<boolean> {
  const { record, now, random, repeats } = context
  const { request } = wanted
  const { signal, end } = context.patienceFor(patience)
  const deadline = now() + patience
  let { due } = wanted
  let resuming: Resuming | undefined
  try {
    for (let attempt = 0; ; attempt++) {
      const answer = await sendAttempt(context, wanted, { attempt, due, resuming, signal })
      const at = now()
      if (answer.kind === "acknowledged") {
        const { response, message, region, position } = answer
        const place = position && { position }
        record({ event: "acknowledged", at, request, attempt, response, message, region, ...place })
        return true
      }
      const circumstances = { attempt, left: deadline - at, random: random(), resumed: resuming !== undefined }
      const delay = delayBeforeRepeat(answer, circumstances)
      record({ event: "failed", at, request, attempt, ...told(answer), again: delay !== undefined })
      if (delay === undefined) return false
      resuming = resumable(answer)
      due = at + delay
      // Whoever gives the load up gives up what it waits for.
      if (!(await repeats.sleep(delay))) return false
    }
  } finally {
    end()
  }
}

interface Resuming {
  readonly response: string
  /** Number of the last event that arrived. */
  readonly after: number
}

interface Attempt {
  readonly attempt: number
  readonly due: number
  readonly resuming: Resuming | undefined
  readonly signal: AbortSignal
}

async function sendAttempt(
  context: LoadContext,
  { request, conversation, turn, planned: { streamed } }: Wanted,
  { attempt, due, resuming, signal }: Attempt,
): Promise<AnswerEnd> {
  const { entry, record, now, run, answerTokens } = context
  const resumes = resuming && { resumes: resuming.after }
  const sent = { request, attempt, conversation: conversation.number, turn, streamed, ...resumes }
  record({ event: "sent", at: now(), due: toThousandth(due), ...sent })
  const onFirstByte = () => record({ event: "first-byte", at: now(), request, attempt })
  if (resuming) {
    const path = `/v1/responses/${resuming.response}?stream=true&starting_after=${resuming.after}`
    return await exchangeTurn(entry, { method: "GET", path }, { streamed, onFirstByte, signal })
  }
  const id = await conversation.id(signal)
  if (typeof id !== "string") return id
  const input = `drill ${request}: ${question}`
  const body = { conversation: id, input, max_output_tokens: answerTokens, stream: streamed }
  return await exchangeTurn(
    entry,
    {
      method: "POST",
      path: "/v1/responses",
      idempotencyKey: `drill-${run}-${request}`,
      body: JSON.stringify(body),
    },
    { streamed, onFirstByte, signal },
  )
}

/** As long as a person's question. */
const question = "What do you answer while a region is away, and what will you remember of it afterwards?"

/** An answer that broke off by itself may be there to be read on; once, for what goes on does not tell its id again. */
const resumable = ({ how, response, lastEvent }: AnswerFailed): Resuming | undefined =>
  how === "broken" && response !== undefined && lastEvent !== undefined ? { response, after: lastEvent } : undefined

const told = ({ how, status, code, lastEvent }: AnswerFailed) => ({
  how,
  ...(status !== undefined && { status }),
  ...(code !== undefined && { code }),
  ...(lastEvent !== undefined && { lastEvent }),
})
