import { badRequest } from "../request-error.ts"

/** Query of `GET /v1/responses/{id}`, understood. */
export interface Retrieval {
  readonly stream: boolean
  /** Number of the last event that the client has. */
  readonly after: number | undefined
}

/** Throws a 400. */
export function parseRetrieval(query: unknown): Retrieval {
  const {
    stream = "false",
    starting_after: after,
    include_obfuscation: _,
    ...others
  } = query as Record<string, unknown>
  const [other] = Object.keys(others)
  if (other !== undefined) {
    throw badRequest("unsupported_parameter", `The query parameter '${other}' is not supported.`, other)
  }
  if (stream !== "true" && stream !== "false") throw wrong("stream", "must be true or false")
  if (after === undefined) return { stream: stream === "true", after: undefined }
  if (stream === "false") throw wrong("starting_after", "needs stream=true")
  if (typeof after !== "string" || !/^\d{1,15}$/.test(after)) throw wrong("starting_after", "must be an event's number")
  return { stream: true, after: Number(after) }
}

const wrong = (name: string, what: string) => badRequest("invalid_value", `'${name}' ${what}.`, name)
