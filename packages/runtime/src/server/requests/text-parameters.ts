import * as z from "zod"

// Strings that end up in text columns: PostgreSQL's text cannot hold NUL.
const storable = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine(text => !text.includes("\0"), "holds a NUL character")

/** Up to 16 pairs, as in OpenAI's API. */
export const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine(pairs => Object.keys(pairs).length <= 16, "has more than 16 pairs")

export const Identifier = storable(512)

/** An id of one of our objects; any other text is an id that does not exist. */
export const ObjectId = storable(256)

/** An id in a path. Throws what `notFound` makes of one that cannot be an id. */
export function pathId(id: string, notFound: (id: string) => Error): string {
  if (!ObjectId.safeParse(id).success) throw notFound(id)
  return id
}

export const Temperature = z.number().min(0).max(2)
export const TopP = z.number().min(0).max(1)

/** Parameters that both dialects share and that cannot change a plain text answer when they have these values. */
export const neutralEverywhere = {
  moderation: z.null(),
  parallel_tool_calls: z.boolean(),
  prompt_cache_key: z.string(),
  prompt_cache_options: z.null(),
  prompt_cache_retention: z.enum(["in_memory", "in-memory", "24h"]),
  service_tier: z.enum(["auto", "default"]),
  tool_choice: z.enum(["auto", "none"]),
  tools: z.tuple([]),
  top_logprobs: z.literal(0),
}
