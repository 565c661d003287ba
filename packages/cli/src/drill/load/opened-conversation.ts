import * as z from "zod"
import type { AnswerFailed } from "./answer-end.ts"
import { type Entry, exchangeJson } from "./exchange.ts"

const Conversation = z.object({ id: z.string() })

/** A conversation that is opened with its first message, as part of that message's attempt. */
export class OpenedConversation {
  /** From 1. */
  readonly number: number
  readonly #entry: Entry
  readonly #idempotencyKey: string
  #id: string | undefined

  constructor(number: number, entry: Entry, run: string) {
    this.number = number
    this.#entry = entry
    this.#idempotencyKey = `drill-${run}-conversation-${number}`
  }

  /** Its id, if it is open. */
  get openId(): string | undefined {
    return this.#id
  }

  /** Its id, or why it cannot be opened. */
  async id(signal: AbortSignal): Promise<string | AnswerFailed> {
    if (this.#id !== undefined) return this.#id
    const asked = {
      method: "POST",
      path: "/v1/conversations",
      idempotencyKey: this.#idempotencyKey,
      body: "{}",
    } as const
    const opened = await exchangeJson(this.#entry, asked, Conversation, signal)
    if (opened.kind === "failed") return opened
    this.#id = opened.content.id
    return this.#id
  }
}
