import type { Deadlines } from "../../contract/index.ts"
import { createModel, type Model, type ModelEvent, type ModelRequest } from "../index.ts"

export interface ModelUnderTest extends AsyncDisposable {
  readonly model: Model
  /** `upstream outcome`, in order. */
  readonly outcomes: string[]
  /** `upstream status`, or `upstream answers`: what was told about settings, in order. */
  readonly settings: string[]
}

/** A model over these base URLs, named a, b, c. Deadlines are long unless given: only the one under test is to fire. */
export function modelOf(baseURLs: readonly string[], deadlines: Partial<Deadlines> = {}, key?: string): ModelUnderTest {
  const outcomes: string[] = []
  const settings: string[] = []
  const keyFile = key === undefined ? {} : { apiKeyFile: "key" }
  const upstreams = baseURLs.map((baseURL, at) => ({ name: "abc".charAt(at), baseURL, ...keyFile }))
  const model = createModel(
    {
      model: "m",
      parameters: {},
      upstreams,
      deadlines: { connect: 10_000, firstToken: 10_000, betweenTokens: 10_000, ...deadlines },
    },
    {
      readKey: () => `${key}\n`,
      onUpstreamResult: (upstream, outcome) => outcomes.push(`${upstream} ${outcome}`),
      onSettingsRefused: (upstream, refusal) => settings.push(`${upstream} ${refusal?.status ?? "answers"}`),
    },
  )
  return { model, outcomes, settings, [Symbol.asyncDispose]: async () => model.close() }
}

export const hello: ModelRequest = { model: "m", messages: [{ role: "user", content: "hello" }] }
export const helloBody = { model: "m", messages: [{ role: "user", content: "hello" }], stream: true }

export const never = () => new AbortController().signal

export async function collect(answer: AsyncIterable<readonly ModelEvent[]>): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const batch of answer) events.push(...batch)
  return events
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.map(event => (event.type === "delta" ? event.text : "")).join("")
}

export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString("utf8")
}
