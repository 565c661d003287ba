import { type AnswerTail, readDocumentTail, readStreamTail, TailKeeper } from "./answer-tail.ts"
import { BadAnswerError } from "./completion-reader.ts"
import { EventCutter } from "./event-cutter.ts"
import type { Exchange } from "./exchange.ts"
import { ExchangeError } from "./exchange-error.ts"
import { explainFailure, type Outcome } from "./failure.ts"
import { type Begun, firstThatAnswers, type Upstreams } from "./first-that-answers.ts"
import type { ForwardedAnswer, Usage } from "./model.ts"

/** See `Model.forward`. */
export async function forwardAnswer(
  upstreams: Upstreams,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<ForwardedAnswer> {
  const begun = await firstThatAnswers(upstreams, JSON.stringify(body), signal, readFirstPiece)
  const { promise: usage, resolve } = Promise.withResolvers<Usage | undefined>()
  return {
    status: begun.exchange.status,
    contentType: contentType(begun.exchange),
    upstream: begun.upstream.name,
    body: forwardBody(upstreams, begun, resolve),
    usage,
  }
}

/** Bytes that hold the last events of a stream; a document is read as a whole. */
const tailSize = { stream: 8_192, document: 4 * 1_048_576 }

async function* forwardBody(
  upstreams: Upstreams,
  { upstream, exchange, first }: Begun<PieceReader>,
  settle: (usage: Usage | undefined) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = isStream(exchange)
  const tail = new TailKeeper(stream ? tailSize.stream : tailSize.document)
  let outcome: Outcome = "cancelled"
  let end: AnswerTail | undefined
  try {
    try {
      for (let piece: Buffer | undefined = first.taken; piece; piece = await first.read()) {
        tail.push(piece)
        yield piece
      }
    } catch (thrown) {
      // After the last event the client has everything; how the connection ends takes nothing away.
      if (!(thrown instanceof ExchangeError && stream && readStreamTail(tail.bytes()).conclusive)) throw thrown
    }
    end = stream ? readStreamTail(tail.bytes()) : readDocumentTail(tail.bytes())
    if (!end.conclusive) throw new BadAnswerError("ended the answer early")
    outcome = "ok"
  } catch (thrown) {
    const failure = explainFailure(upstream, thrown)
    if (failure === undefined) throw thrown
    outcome = failure.outcome
    upstreams.preference.failed(upstream)
    throw failure.error
  } finally {
    exchange.cancel()
    upstreams.report(upstream, outcome)
    settle(end?.usage)
  }
}

/** Reads a stream in pieces of whole events, a document in pieces as they come. */
interface PieceReader {
  /** What was read to see that the answer has begun. */
  readonly taken: Buffer
  /** More of the answer; undefined at its end. */
  read(): Promise<Buffer | undefined>
}

async function readFirstPiece(exchange: Exchange): Promise<PieceReader> {
  const cutter = isStream(exchange) ? new EventCutter() : undefined
  const parts: Buffer[] = []
  let begun = false

  async function read(): Promise<Buffer | undefined> {
    for (;;) {
      const batch = await exchange.next()
      if (batch === undefined) return cutter?.rest()
      // One write for what arrived together is much cheaper than one for each HTTP chunk of the upstream.
      const bytes = batch.length === 1 && batch[0] ? batch[0] : Buffer.concat(batch)
      const piece = cutter === undefined ? bytes : cutter.push(bytes)
      if (piece === undefined) continue
      if (cutter === undefined || !isComment(piece)) {
        begun = true
        exchange.progress()
      }
      return piece
    }
  }

  while (!begun) {
    const piece = await read()
    if (piece === undefined) throw new BadAnswerError("ended the answer before it began")
    parts.push(piece)
  }
  const taken = Buffer.concat(parts)
  if (cutter !== undefined && beginsWithError(taken)) throw new BadAnswerError("began the answer with an error event")
  return { taken, read }
}

/**
 * Comments keep a connection alive and say nothing about the model. Servers send each in a piece of its own, so
 * it is enough to look at pieces that begin with one; `data:` in it means that an event follows.
 */
function isComment(bytes: Buffer): boolean {
  return bytes[0] === colon && !bytes.includes("data:")
}

const colon = 58

function beginsWithError(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, 256)
  return /^(?::[^\n]*\n|\s)*(?:event: ?error|data: ?\{\s*"error"\s*:\s*[^n\s])/.test(start)
}

function contentType(exchange: Exchange): string {
  return exchange.header("content-type") ?? "application/json"
}

function isStream(exchange: Exchange): boolean {
  return /^text\/event-stream\b/i.test(contentType(exchange))
}
