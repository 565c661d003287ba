import type { CommitPosition } from "@chatops/stacks/drill"
import { createParser } from "eventsource-parser"
import * as z from "zod"
import type { AnswerEnd } from "./answer-end.ts"
import { AnsweredTurn } from "./answered-turn.ts"
import { positionInComment } from "./commit-position.ts"

const AnyEvent = z.looseObject({ type: z.string(), sequence_number: z.int().min(0).optional() })
const Begun = z.object({ response: z.object({ id: z.string() }) })
const Finished = z.object({ response: AnsweredTurn })
const Failed = z.object({ response: z.object({ error: z.object({ code: z.string() }).nullish() }) })
const Refused = z.object({ code: z.string().nullish(), retryable: z.boolean().optional() })

/** Reads the events of one answer as they come. What is no event of the API's throws. */
export class StreamReader {
  readonly #region: string
  readonly #decoder = new TextDecoder()
  readonly #parser = createParser({
    onEvent: ({ data }) => this.#onEvent(data),
    onComment: comment => {
      this.#position = positionInComment(comment) ?? this.#position
    },
  })
  #position: CommitPosition | undefined
  #lastEvent: number | undefined
  #response: string | undefined
  #failure: { readonly code: string | undefined; readonly retryable?: boolean | undefined } | undefined
  #end: AnswerEnd | undefined

  /** `position`: where the turn was committed, if that was told ahead of the events. */
  constructor(region: string, position?: CommitPosition) {
    this.#region = region
    this.#position = position
  }

  /** The answer's end, once its final event was read; what comes after that counts no more. */
  read(bytes: Uint8Array): AnswerEnd | undefined {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }))
    return this.#end
  }

  /** What the answer came to when nothing comes any more. */
  breakOff(): AnswerEnd {
    if (this.#end) return this.#end
    const seen = { lastEvent: this.#lastEvent, response: this.#response }
    if (this.#failure) return { kind: "failed", how: "told", ...this.#failure, ...seen }
    return { kind: "failed", how: "broken", ...seen }
  }

  #onEvent(data: string): void {
    const event = AnyEvent.parse(JSON.parse(data))
    this.#lastEvent = event.sequence_number ?? this.#lastEvent
    switch (event.type) {
      case "response.created":
        this.#response = Begun.parse(event).response.id
        break
      case "response.completed":
      case "response.incomplete": {
        const turn = Finished.parse(event).response
        this.#end ??= { kind: "acknowledged", ...turn, region: this.#region, position: this.#position }
        break
      }
      // An event that tells whether to ask again may follow.
      case "response.failed":
        this.#failure = { code: Failed.parse(event).response.error?.code }
        break
      case "error": {
        const { code, retryable } = Refused.parse(event)
        this.#failure = { code: code ?? undefined, retryable }
        this.#end ??= this.breakOff()
        break
      }
    }
  }
}
