import type { FastifyInstance } from "fastify"
import * as z from "zod"
import type { Conversation } from "../../conversation/conversation.ts"
import { holderOf } from "../authentication.ts"
import { keyUse } from "../key-use.ts"
import { notFound } from "../request-error.ts"
import { checkBody } from "../requests/check-body.ts"
import { readItems } from "../requests/read-items.ts"
import { Metadata, pathId } from "../requests/text-parameters.ts"
import type { Services } from "../services.ts"

export function conversations(app: FastifyInstance, services: Pick<Services, "conversations">): void {
  app.post("/v1/conversations", async request => {
    const { metadata = {}, items = [] } = checkBody(request.body ?? {}, { supported: Creation, neutral: {} })
    const conversation = { tenant: holderOf(request).tenant, metadata, items: readItems(items, "items") }
    const created = await services.conversations.create(conversation, keyUse(request))
    if (created === undefined) throw conversationGone()
    request.subject = created.id
    return conversationObject(created)
  })

  app.get<ById>("/v1/conversations/:id", async request => {
    const id = pathId(request.params.id, conversationNotFound)
    const found = await services.conversations.find(holderOf(request).tenant, id)
    if (found === undefined) throw conversationNotFound(id)
    return conversationObject(found)
  })

  app.post<ById>("/v1/conversations/:id", async request => {
    const id = pathId(request.params.id, conversationNotFound)
    const { metadata } = checkBody(request.body, { supported: Update, neutral: {} })
    const updated = await services.conversations.update(holderOf(request).tenant, id, metadata)
    if (updated === undefined) throw conversationNotFound(id)
    return conversationObject(updated)
  })

  app.delete<ById>("/v1/conversations/:id", async request => {
    const id = pathId(request.params.id, conversationNotFound)
    const deleted = await services.conversations.delete(holderOf(request).tenant, id)
    if (!deleted) throw conversationNotFound(id)
    return { id, object: "conversation.deleted", deleted: true }
  })
}

export const conversationNotFound = (id: string) =>
  notFound("conversation_not_found", `There is no conversation '${id}'.`, "id")

const conversationGone = () =>
  notFound("conversation_not_found", "The conversation that this request made was deleted.")

export const conversationObject = (conversation: Conversation) => ({ ...conversation, object: "conversation" })

interface ById {
  Params: { id: string }
}

const Creation = z.object({ metadata: Metadata.optional(), items: z.array(z.unknown()).max(20).optional() })
const Update = z.object({ metadata: Metadata })
