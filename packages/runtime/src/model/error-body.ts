import { isObject } from "./is-object.ts"
import type { UpstreamRejection } from "./upstream-error.ts"

export interface ErrorBody {
  readonly error: UpstreamRejection["error"]
  /** The error's code or type when it is a plain identifier, else "no reason given": safe to log. */
  readonly summary: string
}

/** Reads `{ "error": … }` in OpenAI's shape and the looser ones of other servers; what is missing gets a default. */
export function readErrorBody(body: unknown): ErrorBody {
  const found = isObject(body) ? (body["error"] ?? body) : body
  const error = isObject(found) ? found : { message: found }
  const code = text(error["code"])
  const type = text(error["type"]) ?? "invalid_request_error"
  return {
    error: {
      message: text(error["message"]) ?? text(error["detail"]) ?? "The upstream refused the request without a reason.",
      type,
      param: text(error["param"]) ?? null,
      code: code ?? null,
    },
    summary: [code, text(error["type"])].find(isIdentifier) ?? "no reason given",
  }
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value)
  return typeof value === "string" && value !== "" ? value : undefined
}

function isIdentifier(value: string | undefined): boolean {
  return value !== undefined && /^[a-z][a-z0-9_.]{1,63}$/i.test(value) && !/^sk[-_]/i.test(value)
}
