import * as z from "zod"
import type { MessageItem } from "../../conversation/item.ts"
import type { TurnParameters } from "../../conversation/turn.ts"
import { badRequest } from "../request-error.ts"
import { checkBody } from "./check-body.ts"
import { readItems } from "./read-items.ts"
import { Identifier, Metadata, neutralEverywhere, ObjectId, Temperature, TopP } from "./text-parameters.ts"

/** Body of `POST /v1/responses`, understood. */
export interface ResponseRequest {
  readonly model: string | undefined
  readonly input: readonly MessageItem[]
  readonly instructions: string | undefined
  readonly previousTurn: string | undefined
  readonly conversation: string | undefined
  readonly parameters: TurnParameters
  readonly metadata: Readonly<Record<string, string>>
  readonly endUser: string | undefined
  readonly store: boolean
  readonly stream: boolean
}

/** Throws a 400. */
export function parseResponseRequest(body: unknown): ResponseRequest {
  const given = checkBody(body, { supported: Supported, neutral })
  const conversation = typeof given.conversation === "object" ? given.conversation.id : given.conversation
  const store = given.store ?? true
  if (given.input === undefined) throw badRequest("missing_parameter", "Missing required parameter: 'input'.", "input")
  if (conversation !== undefined && given.previous_response_id !== undefined) {
    throw badRequest(
      "invalid_value",
      "'previous_response_id' and 'conversation' exclude each other.",
      "previous_response_id",
    )
  }
  if (conversation !== undefined && !store) {
    throw badRequest("invalid_value", "A conversation keeps its turns: 'store' must not be false.", "store")
  }
  const { temperature, top_p, max_output_tokens, safety_identifier, user } = given
  return {
    model: given.model,
    input: readItems(given.input, "input"),
    instructions: given.instructions,
    previousTurn: given.previous_response_id,
    conversation,
    parameters: {
      ...(temperature !== undefined && { temperature }),
      ...(top_p !== undefined && { top_p }),
      ...(max_output_tokens !== undefined && { max_output_tokens }),
      ...(safety_identifier !== undefined && { safety_identifier }),
      ...(user !== undefined && { user }),
    },
    metadata: given.metadata ?? {},
    endUser: safety_identifier ?? user,
    store,
    stream: given.stream ?? false,
  }
}

const Supported = z.object({
  model: z.string().optional(),
  input: z.unknown().optional(),
  instructions: z.string().optional(),
  previous_response_id: ObjectId.optional(),
  conversation: z.union([ObjectId, z.strictObject({ id: ObjectId })]).optional(),
  metadata: Metadata.optional(),
  max_output_tokens: z.int().min(1).optional(),
  temperature: Temperature.optional(),
  top_p: TopP.optional(),
  safety_identifier: Identifier.optional(),
  user: Identifier.optional(),
  store: z.boolean().optional(),
  stream: z.boolean().optional(),
})

const neutral = {
  ...neutralEverywhere,
  access_programs: z.null(),
  background: z.literal(false),
  context_management: z.tuple([]),
  image: z.null(),
  include: z.tuple([]),
  max_tool_calls: z.int(),
  prompt: z.null(),
  reasoning: z.strictObject({ effort: z.null().optional(), summary: z.null().optional() }),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }),
  text: z.strictObject({
    format: z.strictObject({ type: z.literal("text") }).optional(),
    verbosity: z.literal("medium").nullable().optional(),
  }),
  truncation: z.literal("disabled"),
}
