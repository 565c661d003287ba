import type { FastifyInstance, FastifyRequest } from "fastify"
import * as z from "zod"
import { holderOf } from "../authentication.ts"
import { keyUse } from "../key-use.ts"
import { listObject, parsePageRequest, unknownCursor } from "../list-page.ts"
import { notFound } from "../request-error.ts"
import { checkBody } from "../requests/check-body.ts"
import { readItems } from "../requests/read-items.ts"
import { pathId } from "../requests/text-parameters.ts"
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
    if (page === "no_conversation") throw conversationNotFound(request.params.id)
    if (page === "unknown_cursor") throw unknownCursor()
    return listObject(page)
  })

  app.get<ByItemId>("/v1/conversations/:id/items/:item", async request => {
    const item = pathId(request.params.item, itemNotFound)
    const found = await items.find(placeOf(request), item)
    if (found === undefined) throw itemNotFound(item)
    return found
  })

  app.delete<ByItemId>("/v1/conversations/:id/items/:item", async request => {
    const place = placeOf(request)
    const item = pathId(request.params.item, itemNotFound)
    const conversation = await conversations.find(place.tenant, place.conversation)
    if (conversation === undefined) throw conversationNotFound(place.conversation)
    if (!(await items.delete(place, item))) throw itemNotFound(item)
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
  conversation: pathId(request.params.id, conversationNotFound),
})

const itemNotFound = (id: string) =>
  notFound("item_not_found", `There is no item '${id}' in this conversation.`, "item_id")

const Addition = z.object({ items: z.array(z.unknown()).min(1).max(20) })
