import { BadAnswerError, CompletionReader } from "./completion-reader.ts"
import type { Exchange } from "./exchange.ts"
import { ExchangeError } from "./exchange-error.ts"
import { explainFailure, type Outcome } from "./failure.ts"
import { firstThatAnswers, type Upstreams } from "./first-that-answers.ts"
import type { ModelEvent, ModelRequest } from "./model.ts"

/** See `Model.stream`. */
export async function* streamAnswer(
  upstreams: Upstreams,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly ModelEvent[], void, undefined> {
  const begun = await firstThatAnswers(upstreams, completionBody(request), signal, readFirstEvent)
  const { upstream, exchange, first: reader } = begun
  let outcome: Outcome = "cancelled"
  try {
    yield [{ type: "started", upstream: upstream.name }, ...reader.take()]
    // One generator and one promise per batch: at thousands of events a second, each more would show.
    while (!reader.done) {
      let batch: readonly Buffer[] | undefined
      try {
        batch = await exchange.next()
      } catch (thrown) {
        // The model has said that its answer is whole; a break while usage is awaited takes nothing away.
        if (!(thrown instanceof ExchangeError && reader.finished)) throw thrown
      }
      if (batch === undefined) break
      read(batch, exchange, reader)
      const events = reader.take()
      if (events.length > 0) yield events
    }
    const finished = reader.finished
    if (finished === undefined) throw new BadAnswerError("ended the answer early")
    yield [finished]
    outcome = "ok"
  } catch (thrown) {
    const failure = explainFailure(upstream, thrown)
    if (failure === undefined) throw thrown
    outcome = failure.outcome
    upstreams.preference.failed(upstream)
    throw failure.error
  } finally {
    if (reader.done) exchange.finish()
    else exchange.cancel()
    upstreams.report(upstream, outcome)
  }
}

/** Reads up to and including the first event. */
async function readFirstEvent(exchange: Exchange): Promise<CompletionReader> {
  if (/json|html/i.test(exchange.header("content-type") ?? ""))
    throw new BadAnswerError("did not answer with an event stream")
  const reader = new CompletionReader()
  while (reader.events === 0) {
    const batch = reader.done ? undefined : await exchange.next()
    if (batch === undefined) throw new BadAnswerError("ended the answer before it began")
    read(batch, exchange, reader)
  }
  return reader
}

/** A comment is no progress: it must not keep a silent model's answer alive. */
function read(batch: readonly Buffer[], exchange: Exchange, reader: CompletionReader): void {
  const before = reader.events
  for (const chunk of batch) reader.push(chunk)
  if (reader.events > before) exchange.progress()
}

function completionBody(request: ModelRequest): string {
  const { max_output_tokens: limit, messages, ...rest } = request
  return JSON.stringify({
    ...rest,
    // OpenAI reads both alike, and most other servers know only `system`.
    messages: messages.map(({ role, content }) => ({ role: role === "developer" ? "system" : role, content })),
    ...(limit === undefined ? {} : { max_completion_tokens: limit }),
    stream: true,
    stream_options: { include_usage: true },
  })
}
