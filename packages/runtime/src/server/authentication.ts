import type { FastifyInstance, FastifyRequest } from "fastify"
import type { KeyHolder } from "../keys/api-keys.ts"
import { type RequestError, refusal } from "./request-error.ts"
import type { Services } from "./services.ts"

/** Lets only requests with a valid key through to the routes of this instance. */
export function authenticate(app: FastifyInstance, { apiKeys }: Pick<Services, "apiKeys">): void {
  app.addHook("onRequest", async (request, reply) => {
    const key = bearerKey(request.headers.authorization)
    const holder = key === undefined ? undefined : await apiKeys.verify(key)
    if (holder === undefined) {
      reply.header("www-authenticate", "Bearer")
      throw unauthorized(key === undefined)
    }
    request.keyHolder = holder
  })
}

/** The holder on a route behind `authenticate`. */
export function holderOf(request: FastifyRequest): KeyHolder {
  if (request.keyHolder === undefined) throw unauthorized(true)
  return request.keyHolder
}

/** Keys are short and plain; anything else is none. */
function bearerKey(authorization: string | undefined): string | undefined {
  return /^bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? "")?.[1]
}

function unauthorized(missing: boolean): RequestError {
  const message = missing ? "Send an API key as 'Authorization: Bearer …'." : "The API key is not valid."
  return refusal("invalid_api_key", message)
}
