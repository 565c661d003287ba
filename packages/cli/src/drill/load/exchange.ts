import { header } from "@chatops/runtime/contract"
import type { Agent, Dispatcher } from "undici"
import * as z from "zod"
import type { AnswerEnd, AnswerFailed } from "./answer-end.ts"
import { AnsweredTurn } from "./answered-turn.ts"
import { parseCommitPosition } from "./commit-position.ts"
import { StreamReader } from "./stream-reader.ts"

/** Where the chatbot is asked. */
export interface Entry {
  /** Without a slash at its end. */
  readonly url: string
  readonly key: string
  readonly agent: Agent
}

export interface Asked {
  readonly method: "GET" | "POST"
  /** With its query. */
  readonly path: string
  readonly idempotencyKey?: string
  readonly body?: string
}

interface Reading {
  readonly streamed: boolean
  readonly onFirstByte: () => void
  readonly signal: AbortSignal
}

/** Sends one request for a turn, and reads what comes. Never throws; `signal` ends it as a `timeout`. */
export function exchangeTurn(entry: Entry, asked: Asked, reading: Reading): Promise<AnswerEnd> {
  return exchange<AnswerEnd>(entry, asked, reading.signal, async ({ headers, body }) => {
    const region = fieldOf(headers, header.region) ?? "unknown"
    const position = parseCommitPosition(fieldOf(headers, header.commit))
    if (!reading.streamed) {
      const turn = AnsweredTurn.parse(JSON.parse(await textOf(body, reading.onFirstByte)))
      return { kind: "acknowledged", ...turn, region, position }
    }
    if (fieldOf(headers, "content-type")?.startsWith("text/event-stream"))
      return await readStream(body, new StreamReader(region, position), reading)
    body.destroy()
    return { kind: "failed", how: "broken" }
  })
}

/** Sends one request for JSON of this shape. Never throws; `signal` ends it as a `timeout`. */
export function exchangeJson<T>(
  entry: Entry,
  asked: Asked,
  shape: z.ZodType<T>,
  signal: AbortSignal,
): Promise<{ readonly kind: "answered"; readonly content: T } | AnswerFailed> {
  return exchange(entry, asked, signal, async ({ body }) => {
    return { kind: "answered", content: shape.parse(JSON.parse(await textOf(body))) } as const
  })
}

async function exchange<T>(
  { url, key, agent }: Entry,
  { method, path, idempotencyKey, body }: Asked,
  signal: AbortSignal,
  read: (answer: Dispatcher.ResponseData) => Promise<T>,
): Promise<T | AnswerFailed> {
  let begun = false
  try {
    const answer = await agent.request({
      origin: url,
      path,
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(idempotencyKey !== undefined && { [header.idempotencyKey]: idempotencyKey }),
      },
      body: body ?? null,
      signal,
    })
    begun = true
    return answer.statusCode >= 400 ? await refusalOf(answer) : await read(answer)
  } catch (error) {
    if (signal.aborted) return { kind: "failed", how: "timeout" }
    return { kind: "failed", how: begun ? "broken" : hasNoConnection(error) ? "refused" : "reset" }
  }
}

/** Ends with the final event; the rest, which is nothing, is still read, so that the connection can be used again. */
function readStream(
  body: Dispatcher.ResponseData["body"],
  reader: StreamReader,
  { onFirstByte, signal }: Reading,
): Promise<AnswerEnd> {
  return new Promise(resolve => {
    const breakOff = () => resolve(signal.aborted ? { kind: "failed", how: "timeout" } : reader.breakOff())
    body.once("data", onFirstByte)
    body.on("data", (bytes: Uint8Array) => {
      try {
        const end = reader.read(bytes)
        if (end) resolve(end)
      } catch {
        breakOff()
        body.destroy()
      }
    })
    body.once("end", breakOff).once("error", breakOff).once("close", breakOff)
  })
}

async function textOf(body: Dispatcher.ResponseData["body"], onFirstByte?: () => void): Promise<string> {
  if (onFirstByte) body.once("data", onFirstByte)
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString("utf8")
}

const ErrorBody = z.object({ error: z.object({ code: z.string().nullish() }) })

async function refusalOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<AnswerFailed> {
  const text = await textOf(body)
  const code = ErrorBody.safeParse(parsedOrNothing(text)).data?.error.code ?? undefined
  return { kind: "failed", how: "status", status: statusCode, code, retryAfter: retryAfterOf(headers) }
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds, or a date. */
function retryAfterOf(headers: Dispatcher.ResponseData["headers"]): number | undefined {
  const value = fieldOf(headers, "retry-after")
  if (value === undefined) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}

function fieldOf(headers: Dispatcher.ResponseData["headers"], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** What failed was to connect, or to find whom to connect to. */
function hasNoConnection(error: unknown): boolean {
  const { syscall, code, errors } = error as { syscall?: string; code?: string; errors?: readonly unknown[] }
  if (errors) return errors.every(hasNoConnection)
  return syscall === "connect" || syscall === "getaddrinfo" || code === "UND_ERR_CONNECT_TIMEOUT"
}
