/** One message as chat completions know it. */
export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant"
  readonly content: string
}

export interface ModelRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly temperature?: number
  readonly top_p?: number
  readonly max_output_tokens?: number
  /** Safety identifier of the end user; sent as `user`. */
  readonly user?: string
}

/** Tokens, as the upstream counted them. */
export interface Usage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly total_tokens: number
  /** Part of `input_tokens`; absent when the upstream does not report it. */
  readonly cached_tokens?: number
  /** Part of `output_tokens`; absent when the upstream does not report it. */
  readonly reasoning_tokens?: number
}

export type FinishReason = "stop" | "length" | "content_filter"

export type ModelEvent =
  | { readonly type: "started"; readonly upstream: string }
  | { readonly type: "delta"; readonly text: string }
  | { readonly type: "finished"; readonly reason: FinishReason; readonly usage: Usage | undefined }

/** An upstream's answer on its way to the client. */
export interface ForwardedAnswer {
  /** Always of the 200s: an answer of another status is an `UpstreamError`. */
  readonly status: number
  readonly contentType: string
  /** Name of the upstream that answers. */
  readonly upstream: string
  /**
   * The bytes as the upstream sent them, a stream's in pieces of whole events. Throws `UpstreamError` when they break
   * off and the signal's reason when it aborts.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** Settled, never rejected, after the body was read to its end or left; undefined when the upstream reported none. */
  readonly usage: Promise<Usage | undefined>
}

/** The upstreams behind one face. */
export interface Model {
  /**
   * Streams one answer: `started`, any number of `delta`, `finished`, in batches of what arrived together.
   * Throws `UpstreamError`, and the signal's reason when it aborts. Nothing is yielded before the first event of an
   * upstream arrived; until then other upstreams are tried, after it a failure is final.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<readonly ModelEvent[]>
  /**
   * Sends an already validated chat-completions body and forwards the answer's bytes unchanged.
   * Settles with the answer's first bytes at hand. Throws as `stream` does.
   */
  forward(body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ForwardedAnswer>
  /** Ends connections that are idle at once, others when their answer ends. */
  close(): void
}
