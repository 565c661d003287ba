import * as z from "zod"
import type { Chat } from "../../contract/index.ts"
import { badRequest } from "../request-error.ts"
import { checkBody } from "./check-body.ts"
import { type CompletionMessage, readMessages } from "./read-messages.ts"
import { Identifier, Metadata, neutralEverywhere, Temperature, TopP } from "./text-parameters.ts"

/** Body of `POST /v1/chat/completions`, understood; what is in it goes to the upstream. */
export interface CompletionRequest extends Omit<z.infer<typeof Supported>, "messages"> {
  readonly messages: readonly CompletionMessage[]
}

/** Throws a 400. */
export function parseCompletionRequest(body: unknown): CompletionRequest {
  const given = checkBody(body, { supported: Supported, neutral })
  if (given.messages === undefined) {
    throw badRequest("missing_parameter", "Missing required parameter: 'messages'.", "messages")
  }
  return { ...given, messages: readMessages(given.messages) }
}

/** What the upstream is sent: the app's prompt and parameters fill in what the client left out. */
export function forwardedBody(chat: Chat, request: CompletionRequest): Readonly<Record<string, unknown>> {
  const ownSystem = request.messages.some(message => message.role === "system" || message.role === "developer")
  const prompt = ownSystem || chat.prompt === undefined ? [] : [{ role: "system", content: chat.prompt }]
  const { temperature, top_p, max_output_tokens } = chat.parameters
  const ownLimit = request.max_tokens !== undefined || request.max_completion_tokens !== undefined
  return {
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { top_p }),
    ...(max_output_tokens !== undefined && !ownLimit && { max_completion_tokens: max_output_tokens }),
    ...request,
    model: chat.model,
    messages: [...prompt, ...request.messages],
  }
}

const Supported = z.object({
  messages: z.unknown(),
  model: z.string(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  logit_bias: z.record(z.string(), z.number()).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  max_tokens: z.int().min(1).optional(),
  metadata: Metadata.optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  safety_identifier: Identifier.optional(),
  seed: z.int().optional(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).optional(),
  stream: z.boolean().optional(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .optional(),
  temperature: Temperature.optional(),
  top_p: TopP.optional(),
  user: Identifier.optional(),
})

const neutral = {
  ...neutralEverywhere,
  audio: z.null(),
  function_call: z.enum(["auto", "none"]),
  functions: z.tuple([]),
  logprobs: z.literal(false),
  modalities: z.tuple([z.literal("text")]),
  n: z.literal(1),
  prediction: z.null(),
  reasoning_effort: z.null(),
  response_format: z.strictObject({ type: z.literal("text") }),
  store: z.literal(false),
  verbosity: z.literal("medium"),
  web_search_options: z.null(),
}
