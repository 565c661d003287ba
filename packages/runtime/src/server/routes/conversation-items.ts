import type { FastifyInstance, FastifyRequest } from "fastify"
import * as z from "zod"
import { holderOf } from "../authentication.ts"
import { keyUse } from "../key-use.ts"
import { listObject, parsePageRequest } from "../list-page.ts"
import { notFound } from "../request-error.ts"
import { checkBody } from "../requests/check-body.ts"
import { readItems } from "../requests/read-items.ts"
import type { Services } from "../services.ts"
import { conversationNotFound, conversationObject } from "./conversations.ts"

export function conversationItems(app: FastifyInstance, services: Pick<Services, "conversations" | "items">): void {
  const { items, conversations } = services

  app.post<ById>("/v1/conversations/:id/items", async request => {
    const given = readItems(checkBody(request.body, { supported: Addition, neutral: {} }).items, "items")
    const added = await items.add(placeOf(request), given, keyUse(request))
    if (added === undefined) throw conversationNotFound(request.params.id)
    return listObject({ items: added, hasMore: false })
  })

  app.get<ById>("/v1/conversations/:id/items", async request => {
    const page = await items.list(placeOf(request), parsePageRequest(request.query))
    if (page === undefined) throw conversationNotFound(request.params.id)
    return listObject(page)
  })

  app.get<ByItemId>("/v1/conversations/:id/items/:item", async request => {
    const found = await items.find(placeOf(request), request.params.item)
    if (found === undefined) throw itemNotFound(request.params.item)
    return found
  })

  app.delete<ByItemId>("/v1/conversations/:id/items/:item", async request => {
    const place = placeOf(request)
    const conversation = await conversations.find(place.tenant, place.conversation)
    if (conversation === undefined) throw conversationNotFound(place.conversation)
    if (!(await items.delete(place, request.params.item))) throw itemNotFound(request.params.item)
    return conversationObject(conversation)
  })
}

interface ById {
  Params: { id: string }
}

interface ByItemId {
  Params: { id: string; item: string }
}

const placeOf = (request: FastifyRequest<ById>) => ({
  tenant: holderOf(request).tenant,
  conversation: request.params.id,
})

const itemNotFound = (id: string) =>
  notFound("conversation_not_found", `There is no item '${id}' in this conversation.`, "item_id")

const Addition = z.object({ items: z.array(z.unknown()).min(1).max(20) })
