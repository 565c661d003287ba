import * as z from "zod"

const TextPart = z.looseObject({ type: z.enum(["text", "input_text", "output_text", "refusal"]), text: z.string() })

/** What the simulator reads of a chat-completions request; it ignores the rest, as it has no model to pass it to. */
export const CompletionRequest = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
        content: z
          .union([z.string(), z.array(TextPart).transform(parts => parts.map(part => part.text).join(""))])
          .nullish()
          .transform(content => content ?? ""),
      }),
    )
    .min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  n: z.literal(1, { error: "the simulator gives one answer: n must be 1" }).nullish(),
})
export type CompletionRequest = z.infer<typeof CompletionRequest>
