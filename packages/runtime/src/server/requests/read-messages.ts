import { badRequest } from "../request-error.ts"
import { isObject } from "./check-body.ts"

/** A message of chat completions as it is forwarded: plain text only. */
export interface CompletionMessage {
  readonly role: "system" | "developer" | "user" | "assistant"
  readonly content: string | readonly { readonly type: "text"; readonly text: string }[]
  readonly name?: string
}

/** Throws a 400 that names what is not a plain text message. */
export function readMessages(value: unknown): CompletionMessage[] {
  if (!Array.isArray(value)) throw badRequest("invalid_type", "'messages' must be a list.", "messages")
  if (value.length === 0) throw badRequest("invalid_value", "'messages' must not be empty.", "messages")
  return value.map((message: unknown, index) => readMessage(message, `messages[${index}]`))
}

function readMessage(value: unknown, param: string): CompletionMessage {
  if (!isObject(value)) throw badRequest("invalid_type", `'${param}' must be an object.`, param)
  const { role, content, name, ...rest } = value
  for (const [key, other] of Object.entries(rest)) refuseUnlessEmpty(key, other, `${param}.${key}`)
  if (role === "tool" || role === "function") throw unsupported(`${param}.role`)
  if (!isRole(role))
    throw badRequest("invalid_value", `'${param}.role' must be one of ${roles.join(", ")}.`, `${param}.role`)
  if (name !== undefined && typeof name !== "string") {
    throw badRequest("invalid_type", `'${param}.name' must be a string.`, `${param}.name`)
  }
  return { role, content: readContent(content, `${param}.content`), ...(name !== undefined && { name }) }
}

/** What an assistant's message has that was answered before and is now sent back, as long as it says nothing. */
function refuseUnlessEmpty(key: string, value: unknown, param: string): void {
  if (!knownKeys.has(key)) throw badRequest("unknown_parameter", `Unknown parameter: '${param}'.`, param)
  const empty = value === null || value === undefined || (Array.isArray(value) && value.length === 0)
  if (!empty) throw unsupported(param)
}

function readContent(value: unknown, param: string): CompletionMessage["content"] {
  if (typeof value === "string") return value
  if (value === undefined || value === null) {
    throw badRequest("missing_parameter", `Missing required parameter: '${param}'.`, param)
  }
  if (!Array.isArray(value)) throw badRequest("invalid_type", `'${param}' must be a string or a list of parts.`, param)
  return value.map((part: unknown, index) => {
    const at = `${param}[${index}]`
    if (!isObject(part)) throw badRequest("invalid_type", `'${at}' must be an object.`, at)
    if (part["type"] !== "text") throw unsupported(`${at}.type`)
    if (typeof part["text"] !== "string")
      throw badRequest("invalid_type", `'${at}.text' must be a string.`, `${at}.text`)
    return { type: "text", text: part["text"] }
  })
}

const roles: readonly CompletionMessage["role"][] = ["system", "developer", "user", "assistant"]
const knownKeys = new Set(["annotations", "audio", "function_call", "refusal", "tool_calls", "tool_call_id"])

const isRole = (value: unknown): value is CompletionMessage["role"] => roles.some(role => role === value)

const unsupported = (param: string) =>
  badRequest("unsupported_parameter", `'${param}' is not supported with this value: text only.`, param)
