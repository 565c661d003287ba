import * as z from "zod"
import type { MessageItem } from "../conversation/item.ts"
import type { Page, PageRequest } from "../conversation/page.ts"
import { badRequest, type RequestError } from "./request-error.ts"
import { ObjectId } from "./requests/text-parameters.ts"

/** Reads `limit`, `order` and `after`. `include` may be empty only. Throws a 400. */
export function parsePageRequest(query: unknown): PageRequest {
  const result = Query.safeParse(query)
  if (result.success) return { ...result.data, after: result.data.after }
  const [issue] = result.error.issues
  const name = issue?.code === "unrecognized_keys" ? issue.keys[0] : String(issue?.path[0])
  const code = issue?.code === "unrecognized_keys" ? "unknown_parameter" : "invalid_value"
  throw badRequest(code, `The query parameter '${name}' is not accepted.`, name ?? null)
}

/** The cursor names nothing in the list. */
export const unknownCursor = (): RequestError => badRequest("invalid_value", "'after' is none of these items.", "after")

/** As OpenAI's clients page through lists. */
export function listObject({ items, hasMore }: Page<MessageItem>) {
  return {
    object: "list",
    data: items,
    first_id: items[0]?.id ?? null,
    last_id: items.at(-1)?.id ?? null,
    has_more: hasMore,
  }
}

const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(["asc", "desc"]).default("desc"),
  after: ObjectId.optional(),
})
