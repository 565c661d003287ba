import type { FastifyInstance } from "fastify"
import * as z from "zod"
import { path } from "../../contract/index.ts"
import { type RequestError, refusal } from "../request-error.ts"
import { checkBody } from "../requests/check-body.ts"
import type { Services } from "../services.ts"

/** Exchanges the one-time token that `chatops open` put into the page's address for a browser's key. */
export function chatSession(app: FastifyInstance, { chatSessions }: Pick<Services, "chatSessions">): void {
  app.post(path.chatSession, async request => {
    const { token, nonce } = checkBody(request.body, { supported: Body, neutral: {} })
    const session = await chatSessions.open(token, nonce)
    if (session === undefined) throw invalidToken()
    return { key: session.key, expires_at: session.expiresAt.toISOString() }
  })
}

const Body = z.object({
  token: z.string().min(1).max(512),
  /** The client's own secret of this exchange: with it a repeat succeeds when the first answer was lost. */
  nonce: z.string().min(16).max(128).optional(),
})

function invalidToken(): RequestError {
  const message = "The link was used before or has expired; run 'chatops open' again."
  return refusal("invalid_token", message, { param: "token" })
}
